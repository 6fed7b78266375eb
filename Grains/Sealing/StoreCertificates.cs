using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Protocol.Links;
using AllData.Remote;

namespace AllData.Sealing;

/// <summary>The certificates of all clusters of the store: those of this one from its own log, those of the others by asking them.</summary>
/// <param name="federation">The clusters.</param>
/// <param name="callers">The ways to them.</param>
internal sealed class StoreCertificates(ConfiguredFederation federation, IClusterCallers callers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Gathers them, this cluster's first. A cluster that fails is named with the reason; the others' certificates are there.</summary>
    /// <param name="question">Which.</param>
    /// <param name="own">Those of this cluster.</param>
    /// <exception cref="CertificateException">The log of this cluster cannot be read.</exception>
    public async Task<ImmutableArray<ClusterCertificates>> GatherAsync(SealedQuestion question, Task<ImmutableArray<CertifiedInterval>> own)
    {
        var others = Others().Select(cluster => AskAsync(cluster, question)).ToList();
        return [new ClusterCertificates(federation.Own?.Own.Name ?? "", await own), .. await Task.WhenAll(others)];
    }

    private IEnumerable<FederationCluster> Others() =>
        federation.Own is { } store ? store.Document.Clusters.Where(c => c.Number != store.Own.Number && !c.IsDropped) : [];

    private async Task<ClusterCertificates> AskAsync(FederationCluster cluster, SealedQuestion question)
    {
        try
        {
            return new ClusterCertificates(cluster.Name, await callers.Of(cluster).GetSealedAsync(question, Patience, CancellationToken.None));
        }
        catch (TimeoutException)
        {
            return new ClusterCertificates(cluster.Name, [], $"It has not answered within {Patience.TotalSeconds:0} s.");
        }
        catch (Exception e)
        {
            return new ClusterCertificates(cluster.Name, [], FailureText.SentenceOf(e));
        }
    }
}
