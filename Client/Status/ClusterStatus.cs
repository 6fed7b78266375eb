using System.Collections.Immutable;
using AllData.Client.Audit;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Client.Status;

/// <summary>The state of the cluster.</summary>
/// <param name="Peers">Its peers, by region, zone and name.</param>
/// <param name="Audit">How the blocks are kept.</param>
internal sealed record ClusterStatus(ImmutableArray<PeerCondition> Peers, AuditTally Audit)
{
    /// <summary>Whether every peer is alive, caught up and without a condition, and every block is kept as it is meant to be.</summary>
    public bool IsWell => Audit.OldestAway is null && Audit.NotAnswering.IsEmpty
        && Peers.All(static p => p.View.Alive && (p.View.Peer.IsPutOnly || IsFine(p.Report)));

    /// <summary>The links to the other clusters of the store, as the peers' silos see them.</summary>
    public ImmutableArray<SeenLink> Links { get; } = SeenLink.Of(Peers);

    /// <summary>The regions of the store that were dropped, the latest last.</summary>
    public ImmutableArray<DroppedRegion> Dropped { get; } =
    [
        .. Peers.SelectMany(static p => p.Report?.Dropped is { IsDefault: false } dropped ? dropped : []).DistinctBy(static d => (d.Region, d.At))
            .OrderBy(static d => d.At),
    ];

    /// <summary>
    /// Up to when each other cluster holds its copies of what this one holds: of all storing peers' words the earliest, and null where one has not said.
    /// </summary>
    public IEnumerable<ClusterWatermark> Watermarks
    {
        get
        {
            var said = Peers.Where(static p => p.View.Peer.Stores)
                .Select(static p => p.Report?.Repair?.Watermarks is { IsDefault: false } watermarks ? watermarks : []).ToList();
            return said.SelectMany(static w => w).Select(static w => w.Cluster).Distinct().Order(StringComparer.Ordinal).Select(cluster =>
                new ClusterWatermark(cluster, EarliestOf(said.Select(w => w.FirstOrDefault(one => one.Cluster == cluster)?.HeldUpTo))));
        }
    }

    /// <summary>Combines the reports.</summary>
    /// <param name="views">The registered peers.</param>
    /// <param name="before">The first reports of the live peers.</param>
    /// <param name="after">Their later reports.</param>
    /// <param name="elapsed">The time between.</param>
    /// <param name="audit">How the blocks are kept.</param>
    public static ClusterStatus Of(
        IEnumerable<PeerView> views, IReadOnlyDictionary<PeerId, PeerReport> before, IReadOnlyDictionary<PeerId, PeerReport> after,
        TimeSpan elapsed, AuditTally audit) => new(
        [
            .. views
                .OrderBy(static v => v.Peer.Location.Region, StringComparer.Ordinal)
                .ThenBy(static v => v.Peer.Location.Zone, StringComparer.Ordinal)
                .ThenBy(static v => v.Peer.Id)
                .Select(v => new PeerCondition(
                    v,
                    after.GetValueOrDefault(v.Peer.Id),
                    RateOf(before.GetValueOrDefault(v.Peer.Id)?.Repair, after.GetValueOrDefault(v.Peer.Id)?.Repair, elapsed))),
        ],
        audit);

    private static DateTimeOffset? EarliestOf(IEnumerable<DateTimeOffset?> times) =>
        times.Aggregate((DateTimeOffset?)DateTimeOffset.MaxValue, static (a, b) => a is null || b is null ? null : a < b ? a : b);

    private static bool IsFine(PeerReport? said) => said is { Conditions.IsDefaultOrEmpty: true } report
        && (report.Repair is not { } repair || (repair.IsCaughtUp && repair.MissingBlocks == 0 && repair.DamagedBlocks == 0));

    // A peer that was started in between counts from the beginning.
    private static double RateOf(RepairReport? before, RepairReport? after, TimeSpan elapsed) =>
        Math.Max(0, (after?.FetchedBytes ?? 0) - (before?.FetchedBytes ?? 0)) / elapsed.TotalSeconds;
}

/// <summary>The state of a peer.</summary>
/// <param name="View">The registry's view of it.</param>
/// <param name="Report">Its own report; null when it did not answer.</param>
/// <param name="RepairBytesPerSecond">Bytes per second that its repair fetches.</param>
internal sealed record PeerCondition(PeerView View, PeerReport? Report, double RepairBytesPerSecond);
