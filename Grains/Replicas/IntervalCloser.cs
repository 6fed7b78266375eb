using AllData.Configuration;
using AllData.Intervals;
using AllData.Membership;
using AllData.Replication;
using AllData.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Replicas;

/// <summary>Closes this peer's intervals when no put can come any more, by all silos' clocks and not by one alone, and tells of it. What fails is tried
/// again at the next look.</summary>
internal sealed partial class IntervalCloser(
    HostedPeer hostedPeer, ClusterClock clock, IntervalObservers observers, IOptions<AllDataOptions> options, ReplicaInstruments instruments, TimeProvider time,
    ILogger<IntervalCloser> logger)
{
    /// <summary>Checks periodically, until stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(options.Value.Maintenance.CloseCheck, time);
        do
        {
            if (hostedPeer is { Refusal: null, Store: { IsReadOnly: false } store })
            {
                await CloseDueAsync(store, stopping);
            }
        }
        while (await timer.WaitForNextTickAsync(stopping));
    }

    /// <summary>Looks once.</summary>
    public async Task CloseDueAsync(IReplicaStore store, CancellationToken stopping)
    {
        try
        {
            foreach (var stored in await store.DescribeIntervalsAsync(stopping))
            {
                if (stored.State == IntervalState.Open && clock.WhyNotOver(stored.Interval) is null)
                {
                    await TryCloseAsync(store, stored.Interval, stopping);
                }
            }
        }
        catch (ReplicaStoreException e)
        {
            LogNotSeen(e, hostedPeer.Id);
        }
    }

    // An interval that cannot be closed, now or ever, must not keep later ones open.
    private async Task TryCloseAsync(IReplicaStore store, Interval interval, CancellationToken stopping)
    {
        try
        {
            await CloseAsync(store, interval, stopping);
        }
        catch (ReplicaStoreException e)
        {
            LogNotClosed(e, hostedPeer.Id, interval);
        }
    }

    private async Task CloseAsync(IReplicaStore store, Interval interval, CancellationToken stopping)
    {
        if (await store.CloseIntervalAsync(interval, stopping) is { } closed)
        {
            LogClosed(hostedPeer.Id, interval, closed.Location, closed.Blocks, closed.Events, closed.DigestSum);
            instruments.OnIntervalClosed();
            observers.Tell(new IntervalClosed(hostedPeer.Id, closed));
        }
    }

    [LoggerMessage(LogLevel.Information,
        "Interval closed: peer {Peer}, interval {Interval}, {Location}, {Blocks} blocks, {Events} events, digest sum {DigestSum} (provisional)")]
    private partial void LogClosed(Peers.PeerId peer, Interval interval, string location, long blocks, long events, Events.EventDigest digestSum);

    [LoggerMessage(LogLevel.Error, "Peer {Peer} could not close interval {Interval}; it is tried again at the next look")]
    private partial void LogNotClosed(Exception failure, Peers.PeerId peer, Interval interval);

    [LoggerMessage(LogLevel.Error, "Peer {Peer} cannot say which intervals it holds; none is closed until the next look")]
    private partial void LogNotSeen(Exception failure, Peers.PeerId peer);
}
