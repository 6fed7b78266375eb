using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Membership;
using AllData.Storage;

namespace AllData.Sealing;

/// <summary>Closes an interval at this silo's peer for good, whether it holds anything of it or not.</summary>
internal sealed class PeerClosing(HostedPeer hostedPeer, ClusterClock clock) : IPeerClosing
{
    /// <inheritdoc/>
    public async Task<CloseReply> CloseAsync(Interval interval, CancellationToken stop)
    {
        if (hostedPeer is not { Refusal: null, Store: { } store })
        {
            return new CloseReply($"it takes no part: {hostedPeer.Refusal ?? "it does not store"}", Damage: null, Held: "");
        }

        if (clock.WhyNotOver(interval) is { } why)
        {
            return new CloseReply(why, Damage: null, (await GetHeldAsync(stop)).FirstOrDefault(one => one.Interval == interval)?.Held ?? "");
        }

        await store.PromiseClosedAsync(interval);
        var closed = await store.CloseIntervalAsync(interval, stop);
        return new CloseReply(WhyOpen: null, closed?.Damage ?? DamageIn(store, interval), closed is null ? "" : IntervalMark.Of(closed).Held);
    }

    /// <inheritdoc/>
    public async Task<ImmutableArray<IntervalMark>> GetHeldAsync(CancellationToken stop) => hostedPeer.Store is { } store
        ? [.. (await store.DescribeIntervalsAsync(stop)).Select(IntervalMark.Of)]
        : [];

    private static string? DamageIn(IReplicaStore store, Interval interval) =>
        store.DamagedEntries.Count(entry => interval.Contains(entry.UnixMinute)) is > 0 and var count ? $"{count} of its blocks are damaged" : null;
}
