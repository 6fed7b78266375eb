using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Federation;
using AllData.Protocol.Links;
using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http;

/// <summary>Asks another cluster over the peer protocol.</summary>
internal sealed class HttpClusterCaller(HttpPeerCaller caller) : IClusterCaller
{
    /// <inheritdoc/>
    public async Task<ClusterReport> AskAsync(ClusterQuestion question, TimeSpan deadline, CancellationToken cancellationToken)
    {
        try
        {
            return await caller.AskAsync(ClusterCalls.Report, question, deadline, cancellationToken);
        }
        catch (PeerProtocolException) when (question.DocumentDigest.Length > 0)
        {
            // A silo of an earlier version does not know the last field.
            return await caller.AskAsync(ClusterCalls.Report, question with { DocumentDigest = "" }, deadline, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question, TimeSpan deadline, CancellationToken cancellationToken) =>
        caller.AskAsync(ClusterCalls.Sealed, question, deadline, cancellationToken);
}

/// <summary>The ways to the clusters of the federation document.</summary>
/// <param name="client">The client; made when the first cluster is asked.</param>
internal sealed class HttpClusterCallers(Func<HttpPeerClient> client) : IClusterCallers
{
    /// <inheritdoc/>
    public IClusterCaller Of(FederationCluster cluster) => client().Connect(cluster);
}
