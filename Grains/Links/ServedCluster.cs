using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;
using AllData.Remote.Http.Serving;

namespace AllData.Links;

/// <summary>What this silo says of its cluster to the others: its registry's word and no other's, and which of its peers have a silo.</summary>
/// <param name="federation">The cluster in its store.</param>
/// <param name="links">The links to those that ask.</param>
/// <param name="topologies">What the registry says.</param>
/// <param name="silos">Which peers of this cluster alone are alive.</param>
/// <param name="peer">Whose directory has seen ordinals given.</param>
/// <param name="askRegistry">Asks this cluster's registry.</param>
/// <param name="log">The certificates of its intervals.</param>
/// <param name="time">The clock.</param>
internal sealed class ServedCluster(
    ConfiguredFederation federation, ClusterLinks links, TopologyCache topologies, IPeerLiveness silos, ICoordinatingPeer peer,
    Func<Task<TopologySnapshot>> askRegistry, IServedLog log, TimeProvider time) : IClusterHost
{
    /// <summary>How long an answer waits for the registry.</summary>
    public static readonly TimeSpan RegistryPatience = TimeSpan.FromSeconds(2);

    private const int MaxCertificates = 10_000;

    /// <inheritdoc/>
    public async Task<ClusterReport> AnswerAsync(ClusterQuestion question)
    {
        var own = federation.Own ?? throw new InvalidOperationException("A cluster that is a store of its own has nothing to say to another one.");
        var link = links.Find(question.Cluster) ?? throw WhyUnknown(own, question);
        link.OnDocument(question.DocumentVersion, question.DocumentDigest);
        if (question.IsConfirmed)
        {
            topologies.Offer(await askRegistry().WaitAsync(RegistryPatience, time));
        }

        var topology = topologies.Own;
        var report = new ClusterReport(
            own.Own.Number,
            own.Document.Version,
            topology.Version,
            topology.Version > question.KnownVersion ? topology : null,
            [.. topology.Peers.Select(static p => p.Id).Where(silos.IsAlive)],
            peer.Directory.SeenOrdinals);
        return question.DocumentDigest.Length == 0 ? report : report with { DocumentDigest = own.Digest, Drops = DropsOf(own) };
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(SealedQuestion question)
    {
        try
        {
            return [.. (await log.GetSealedAsync(question.From, EventKey.MaxValue)).Take(Math.Min(question.Count, MaxCertificates))];
        }
        catch (CertificateException e)
        {
            // This silo's peer keeps no log, or cannot read it: the next endpoint of the cluster is tried.
            throw new IOException(e.Message, e);
        }
    }

    // What others have said, too: the way from the cluster that knows to the one that is dropped may be cut.
    private ImmutableArray<RegionWord> DropsOf(FederatedCluster own) =>
    [
        .. own.Document.Clusters.SelectMany(c => c.Dropped.Select(d => new RegionWord(c.Number, d.Region, own.Document.Version)))
            .Concat(links.Drops).DistinctBy(static d => (d.Cluster, d.Region)),
    ];

    // By its type the asking cluster knows that it is no fault that passes.
    private static Exception WhyUnknown(FederatedCluster own, ClusterQuestion question) =>
        own.Document.Clusters.FirstOrDefault(c => c.Number == question.Cluster && c.IsDropped) is { } gone
            ? new ClusterDroppedException(
                $"Cluster {gone} asked cluster {own.Own}. {own.DescribeDropped(gone.Dropped.MaxBy(static d => d.At)!)}", own.Document.Version)
            : new InvalidValueException(WhyNotIn(own, question));

    private static string WhyNotIn(FederatedCluster own, ClusterQuestion question) => question.Cluster == own.Own.Number
        ? $"Cluster {own.Own} was asked by a cluster that has its number. Each has its own: compare AllData:Federation:Cluster of the silos, and the peers of "
            + "the clusters in the federation document."
        : $"Cluster {own.Own} was asked by cluster {question.Cluster} with version {question.DocumentVersion} of the federation document, and it is not in "
            + $"version {own.Document.Version}, which is used here: {string.Join(", ", own.Document.Clusters)} are. Start every silo with the higher version.";
}
