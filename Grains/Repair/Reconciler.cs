using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Reports;
using AllData.Storage;
using Microsoft.Extensions.Logging;

namespace AllData.Repair;

/// <summary>
/// Brings this peer's copies to what it is responsible for. It compares with every other peer in turn, the nearest first, and fetches what it lacks from any
/// holder; from another region only what no other peer of its own region is to fetch.
/// Missed blocks, blocks that others keep for it, a wiped disk, and copysets that it has succeeded to or grown into are therefore all one case.
/// Damaged blocks are fetched again. It only waits for answers, clock and store, and continues in the context that called it.
/// </summary>
internal sealed partial class Reconciler
{
    private const string PassName = "alldata.repair.pass";

    // A copy that a peer of the region has fetched is seen there after it has settled once; twice if it came while the minute was changing.
    private const int PatienceInSettles = 4;

    // A put under a fresh key is acknowledged within 25 s or not at all, and the clocks of the silos are together within 30 s.
    private static readonly TimeSpan LongestPut = TimeSpan.FromSeconds(60);

    // While near peers have more to give, far ones are asked only so rarely; but they are, or what only they hold would wait for days.
    private const int NearRoundsBeforeFar = 16;

    private readonly PeerId _self;
    private readonly IRepairCluster _cluster;
    private readonly IRepairableReplica _own;
    private readonly RepairOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<Reconciler> _logger;
    private readonly BlockIntake _intake;
    private readonly RepairPace _pace;
    private readonly DamageRepair _mending;
    private readonly IntervalVerification _settling;
    private readonly FetcherPatience _patience;

    // Near peers first: what one of them holds does not cross a link again.
    private readonly List<PeerComparison> _near = [];
    private readonly List<PeerComparison> _far = [];
    private int _nearRounds;
    private CopysetResolver? _resolver;
    private ChangeCursor _ownCursor;
    private RepairProgress _progress = RepairProgress.Unknown;

    public Reconciler(PeerId self, IRepairCluster cluster, IRepairableReplica own, RepairOptions options, TimeSpan intervalLength,
        TimeProvider time, RepairCounters counters, ILogger<Reconciler> logger)
    {
        _self = self;
        _cluster = cluster;
        _own = own;
        _options = options;
        _time = time;
        _logger = logger;
        _intake = new BlockIntake(own, intervalLength, time, counters, logger);
        _pace = new RepairPace(options.BytesPerSecond);
        _mending = new DamageRepair(own, _intake, time, counters, logger);
        _settling = new IntervalVerification(own, time, logger);
        _patience = new FetcherPatience(options.Settle * PatienceInSettles);
    }

    /// <summary>Goes once around the other peers and does a bounded part of the work with each.</summary>
    /// <param name="stop">Ends it at the next answer.</param>
    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> RunRoundAsync(CancellationToken stop)
    {
        using var pass = AllDataActivities.Source.StartActivity(PassName);
        pass?.SetTag(TelemetryAttributes.PeerId, _self.Value);
        TakeOverTopology();
        await LookAtOwnAsync(stop);
        var self = _resolver!.Topology.IndexOf(_self);
        if (self < 0)
        {
            // A dropped peer is no longer responsible for anything.
            return false;
        }

        await _mending.MendAsync(Sources(), stop);
        var hasMore = await CompareAsync(self, stop);
        _settling.AddTouched(_intake.TakeTouched());
        await _settling.SettleAsync(IsCaughtUp && _near.Count + _far.Count > 0, stop);
        Volatile.Write(ref _progress, RepairProgress.Of(Comparisons, IsCaughtUp) with { Watermarks = ReadWatermarks() });
        pass?.SetTag(TelemetryAttributes.RepairMore, hasMore);
        return hasMore;
    }

    /// <summary>An interval has noted damage: it is checked again, and verified when repair has completed it.</summary>
    public void AddUnsettled(Interval interval) => _settling.Add(interval);

    /// <summary>The known missing copies and the state of the comparisons; read by other threads.</summary>
    public RepairProgress Progress => Volatile.Read(ref _progress);

    // Every other registered storing peer: blocks that only an absent peer holds have not been fetched yet.
    private bool IsCaughtUp => Comparisons.All(c => _cluster.IsAlive(c.Other) && c.IsCaughtUp);

    private IEnumerable<PeerComparison> Comparisons => _near.Concat(_far);

    private IEnumerable<IRepairSource> Sources() => Comparisons.Select(static c => c.Other).Where(_cluster.IsAlive).Select(_cluster.SourceOf);

    private async Task<bool> CompareAsync(int self, CancellationToken stop)
    {
        bool Owes(CopysetDefinition copyset) => _resolver!.MembersOf(copyset).Contains(self);
        Func<CopysetDefinition, bool> OwesAt(PeerId other)
        {
            var index = _resolver!.Topology.IndexOf(other);
            return copyset => _resolver.MembersOf(copyset).Contains(index);
        }

        foreach (var comparison in Comparisons.Where(c => !_cluster.IsAlive(c.Other)))
        {
            comparison.OnAway();
        }

        var hasMore = false;
        foreach (var comparison in _near.Where(CanStep))
        {
            var (taken, more) = await comparison.StepAsync(new FetchDuty(Owes, IsLeftToAnother: null, OwesAt(comparison.Other)), stop);
            hasMore |= more;
            if (taken.Blocks > 0)
            {
                _patience.OnBrought(comparison.Other, _time.GetMonotonic());
            }
        }

        _nearRounds = hasMore ? _nearRounds + 1 : 0;
        foreach (var comparison in _far.Where(c => _nearRounds % NearRoundsBeforeFar == 0 && CanStep(c)))
        {
            var (_, more) = await comparison.StepAsync(new FetchDuty(Owes, copyset => IsLeftToAnother(copyset, self), OwesAt(comparison.Other)), stop);
            hasMore |= more;
        }

        return hasMore;
    }

    private bool CanStep(PeerComparison comparison) => _cluster.IsAlive(comparison.Other) && !comparison.IsResting;

    private bool IsLeftToAnother(CopysetDefinition copyset, int self)
    {
        var (topology, now) = (_resolver!.Topology, _time.GetMonotonic());
        var fetcher = RegionFetcher.Find(topology, copyset.Id, _resolver.MembersOf(copyset), self, peer => CanFetch(topology, peer, now));
        if (fetcher == self)
        {
            return false;
        }

        _patience.OnWaiting(topology[fetcher].Id, now);
        return true;
    }

    // One that is not compared with would never bring it here.
    private bool CanFetch(Topology topology, PeerId peer, TimeSpan now) =>
        topology[topology.IndexOf(peer)].Status != PeerStatus.ReadOnly && _cluster.IsAlive(peer) && _near.Exists(c => c.Other == peer)
        && !_patience.IsOver(peer, now);

    private void TakeOverTopology()
    {
        var topology = _cluster.Topology;
        if (ReferenceEquals(topology, _resolver?.Topology))
        {
            return;
        }

        var isSame = _resolver is not null && OwnershipInputs.IsSame(_resolver.Topology, topology);
        _resolver = new CopysetResolver(topology);
        var known = Comparisons.ToDictionary(static c => c.Other);
        foreach (var comparison in known.Values.Where(_ => !isSame))
        {
            comparison.Restart(forgetTaken: false);
        }

        _near.Clear();
        _far.Clear();
        foreach (var (other, distance) in RepairOrder.Of(topology, _self))
        {
            var cluster = _cluster.OtherClusterOf(other);
            var comparison = known.GetValueOrDefault(other) is { } same && same.OtherCluster == cluster ? same : Begin(other, cluster);
            (distance == PeerDistance.OtherRegion ? _far : _near).Add(comparison);
        }

        _patience.KeepOnly(Comparisons.Select(static c => c.Other).ToHashSet());
    }

    private PeerComparison Begin(PeerId other, string? cluster)
    {
        var source = _cluster.SourceOf(other);
        return new PeerComparison(other, cluster, source, _own, new BlockTransfer(source, _intake, _pace, _time), _options, _time, _logger);
    }

    /// <summary>Something is missing here that was not noticed: everything is compared again.</summary>
    public void CompareAgain()
    {
        foreach (var comparison in Comparisons)
        {
            comparison.Restart(forgetTaken: true);
        }
    }

    // This peer's journal begins again when it has lost something: blocks fetched earlier may be missing again.
    private async Task LookAtOwnAsync(CancellationToken stop)
    {
        var changes = await _own.GetChangesAsync(_ownCursor, stop);
        var isKnown = _ownCursor != default;
        _ownCursor = changes.Next;
        foreach (var comparison in Comparisons.Where(_ => isKnown))
        {
            if (changes.IsComplete)
            {
                comparison.OnOwnChanges(changes.Minutes);
            }
            else
            {
                comparison.Restart(forgetTaken: true);
            }
        }
    }

    // Of a cluster, what all its peers hold: those that are away hold what they held.
    private ImmutableArray<ClusterWatermark> ReadWatermarks()
    {
        var settled = UnixMinute.Of(_time.GetUtcNow() - LongestPut);
        return
        [
            .. Comparisons.Where(static c => c.OtherCluster is not null).GroupBy(static c => c.OtherCluster!).Select(cluster =>
                cluster.Min(c => UnixMinute.Min(c.EarliestUnheld ?? settled, settled)) is var held && held > UnixMinute.First
                    ? new ClusterWatermark(cluster.Key, held.Timestamp)
                    : new ClusterWatermark(cluster.Key, null)).OrderBy(static w => w.Cluster, StringComparer.Ordinal),
        ];
    }
}
