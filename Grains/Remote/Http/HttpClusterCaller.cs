using AllData.Federation;
using AllData.Protocol.Links;
using AllData.Remote.Http.Messages;

namespace AllData.Remote.Http;

/// <summary>Asks another cluster over the peer protocol.</summary>
internal sealed class HttpClusterCaller(HttpPeerCaller caller) : IClusterCaller
{
    /// <inheritdoc/>
    public Task<ClusterReport> AskAsync(ClusterQuestion question, TimeSpan deadline, CancellationToken cancellationToken) =>
        caller.AskAsync(ClusterCalls.Report, question, deadline, cancellationToken);
}

/// <summary>The ways to the clusters of the federation document.</summary>
/// <param name="client">The client; made when the first cluster is asked.</param>
internal sealed class HttpClusterCallers(Func<HttpPeerClient> client) : IClusterCallers
{
    /// <inheritdoc/>
    public IClusterCaller Of(FederationCluster cluster) => client().Connect(cluster);
}
