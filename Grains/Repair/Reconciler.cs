using AllData.Configuration;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Logging;

namespace AllData.Repair;

/// <summary>
/// Brings this peer's copies to what it is responsible for. It compares with every other peer in turn and fetches what it lacks from any holder.
/// Missed blocks, blocks that others keep for it, a wiped disk, and copysets that it has succeeded to or grown into are therefore all one case.
/// Damaged blocks are fetched again. It only waits for answers, clock and store, and continues in the context that called it.
/// </summary>
internal sealed partial class Reconciler
{
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
    private readonly Dictionary<PeerId, PeerComparison> _comparisons = [];
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
    }

    /// <summary>Goes once around the other peers and does a bounded part of the work with each.</summary>
    /// <param name="stop">Ends it at the next answer.</param>
    /// <returns>Whether there is more to do at once.</returns>
    public async Task<bool> RunRoundAsync(CancellationToken stop)
    {
        TakeOverTopology();
        await LookAtOwnAsync(stop);
        var self = _resolver!.Topology.IndexOf(_self);
        if (self < 0)
        {
            // A dropped peer is no longer responsible for anything.
            return false;
        }

        var hasMore = false;
        await _mending.MendAsync(Sources(), stop);
        foreach (var (other, comparison) in _comparisons)
        {
            if (_cluster.IsAlive(other) && !comparison.IsResting)
            {
                var (_, more) = await comparison.StepAsync(copyset => _resolver.MembersOf(copyset).Contains(self), stop);
                hasMore |= more;
            }
        }

        _settling.AddTouched(_intake.TakeTouched());
        await _settling.SettleAsync(IsCaughtUp && _comparisons.Count > 0, stop);
        Volatile.Write(ref _progress, RepairProgress.Of(_comparisons.Values, IsCaughtUp));
        return hasMore;
    }

    /// <summary>An interval has noted damage: it is checked again, and verified when repair has completed it.</summary>
    public void AddUnsettled(Interval interval) => _settling.Add(interval);

    /// <summary>The known missing copies and the state of the comparisons; read by other threads.</summary>
    public RepairProgress Progress => Volatile.Read(ref _progress);

    // Every other registered storing peer: blocks that only an absent peer holds have not been fetched yet.
    private bool IsCaughtUp => _comparisons.All(c => _cluster.IsAlive(c.Key) && c.Value.IsCaughtUp);

    private IEnumerable<IRepairSource> Sources() => _comparisons.Keys.Where(_cluster.IsAlive).Select(_cluster.SourceOf);

    private void TakeOverTopology()
    {
        var topology = _cluster.Topology;
        if (ReferenceEquals(topology, _resolver?.Topology))
        {
            return;
        }

        var isSame = _resolver is not null && OwnershipInputs.IsSame(_resolver.Topology.Snapshot, topology.Snapshot);
        _resolver = new CopysetResolver(topology);
        var others = topology.Snapshot.Peers.Where(p => p.Stores && p.Id != _self).Select(static p => p.Id).ToHashSet();
        foreach (var gone in _comparisons.Keys.Except(others).ToList())
        {
            _comparisons.Remove(gone);
        }

        foreach (var comparison in _comparisons.Values.Where(_ => !isSame))
        {
            comparison.Restart(forgetTaken: false);
        }

        foreach (var added in others.Where(other => !_comparisons.ContainsKey(other)))
        {
            var source = _cluster.SourceOf(added);
            _comparisons.Add(added, new PeerComparison(
                added, source, _own, new BlockTransfer(source, _intake, _pace, _time), _options, _time, _logger));
        }
    }

    // This peer's journal begins again when it has lost something: blocks fetched earlier may be missing again.
    private async Task LookAtOwnAsync(CancellationToken stop)
    {
        var changes = await _own.GetChangesAsync(_ownCursor, stop);
        var isKnown = _ownCursor != default;
        _ownCursor = changes.Next;
        if (isKnown && !changes.IsComplete)
        {
            foreach (var comparison in _comparisons.Values)
            {
                comparison.Restart(forgetTaken: true);
            }
        }
    }
}
