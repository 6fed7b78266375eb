using AllData.Configuration;
using AllData.Intervals;
using AllData.Membership;
using AllData.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Repair;

/// <summary>Runs a silo's repair, round after round, while its peer can be written to.</summary>
internal sealed partial class RepairLoop(
    HostedPeer hostedPeer, SiloRepairCluster cluster, RepairCounters counters, IOptions<AllDataOptions> options, ClusterClock clock,
    ILoggerFactory loggers, ILogger<RepairLoop> logger) : IRepairSchedule
{
    private static readonly TimeSpan LookAtIntervals = TimeSpan.FromMinutes(1);

    // Everything is compared again, which costs one row for each copyset and minute.
    private static readonly TimeSpan BetweenHurries = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time = clock.Agreed;
    private volatile Reconciler? _reconciler;
    private TimeSpan _nextLook;
    private TimeSpan _nextHurry;
    private volatile bool _isHurried;

    /// <summary>How repair stands.</summary>
    public RepairProgress Progress => _reconciler?.Progress ?? RepairProgress.Unknown;

    /// <summary>
    /// How many seconds ago the time is up to which all other clusters of the store hold their copies of what this peer holds; null while it is not known.
    /// </summary>
    public long? OtherClustersLag => Progress.Watermarks is { IsEmpty: false } watermarks && watermarks.All(static w => w.HeldUpTo is not null)
        ? (long)watermarks.Max(w => (_time.GetUtcNow() - w.HeldUpTo!.Value).TotalSeconds)
        : null;

    /// <inheritdoc/>
    public void Hurry() => _isHurried = true;

    /// <summary>Repairs until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var repair = options.Value.Repair;
        while (true)
        {
            var hasMore = hostedPeer is { Refusal: null, Store: { AppendRefusal: null } store }
                && cluster.Topology.Version > 0 && await TryRoundAsync(store, stopping);
            if (!hasMore)
            {
                await Task.Delay(repair.Round, _time, stopping);
            }
        }
    }

    private async Task<bool> TryRoundAsync(IReplicaStore store, CancellationToken stopping)
    {
        try
        {
            _reconciler ??= new Reconciler(
                hostedPeer.Id, cluster, store, options.Value.Repair, hostedPeer.IntervalLength, _time, counters,
                loggers.CreateLogger<Reconciler>());
            await LookAtDamageAsync(_reconciler, store, stopping);
            HurryIfDue(_reconciler);
            return await _reconciler.RunRoundAsync(stopping);
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            // Usually the store failed: the next round tries again.
            LogRoundFailed(e, hostedPeer.Id);
            return false;
        }
    }

    private void HurryIfDue(Reconciler reconciler)
    {
        if (_isHurried && _time.GetMonotonic() >= _nextHurry)
        {
            _isHurried = false;
            _nextHurry = _time.GetMonotonic() + BetweenHurries;
            reconciler.CompareAgain();
        }
    }

    private async Task LookAtDamageAsync(Reconciler reconciler, IReplicaStore store, CancellationToken stopping)
    {
        if (_time.GetMonotonic() < _nextLook)
        {
            return;
        }

        _nextLook = _time.GetMonotonic() + LookAtIntervals;
        foreach (var damaged in (await store.DescribeIntervalsAsync(stopping)).Where(static i => i.Damage is not null))
        {
            reconciler.AddUnsettled(damaged.Interval);
        }

        // A row that no peer can repair is taken out when its interval is verified.
        foreach (var interval in store.DamagedEntries.Select(entry => Interval.Containing(entry.UnixMinute, hostedPeer.IntervalLength)).Distinct())
        {
            reconciler.AddUnsettled(interval);
        }
    }

    [LoggerMessage(LogLevel.Error, "A round of repair of peer {Peer} failed; the next one goes on where it ended")]
    private partial void LogRoundFailed(Exception failure, Peers.PeerId peer);
}
