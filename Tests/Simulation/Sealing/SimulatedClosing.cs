using System.Collections.Immutable;
using System.Globalization;
using AllData.Events;
using AllData.Intervals;
using AllData.Sealing;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Sealing;

/// <summary>Closes intervals at a simulated store.</summary>
internal sealed class SimulatedClosing(World world, SimulatedSilo silo) : IPeerClosing
{
    private Disk Disk => silo.Machine.Disk;

    /// <inheritdoc/>
    public Task<CloseReply> CloseAsync(Interval interval, CancellationToken stop)
    {
        if (!silo.IsAccepted)
        {
            return Task.FromResult(new CloseReply("it takes no part.", Damage: null, Held: ""));
        }

        if (silo.Clock.WhyNotOver(interval) is { } why)
        {
            return Task.FromResult(new CloseReply(why, Damage: null, HeldOf(interval)));
        }

        if (Disk.IsFull)
        {
            throw new ReplicaStoreException("The disk is full.");
        }

        silo.Store.PromiseClosed(interval, closed => world.Invariants.Open.OnClosed(silo.Machine.Id, closed, world.Timeline.Now));
        var damaged = silo.Store.DamagedEntries.Count(entry => interval.Contains(entry.UnixMinute));
        return Task.FromResult(new CloseReply(
            WhyOpen: null, damaged > 0 ? $"{damaged} of its blocks are damaged" : null,
            HeldOf(interval)));
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<IntervalMark>> GetHeldAsync(CancellationToken stop) =>
        Task.FromResult<ImmutableArray<IntervalMark>>(
            [.. Shelves().Where(one => !silo.Machine.Cluster.Certificates.IsOverlooked(one.Key)).Select(static one => new IntervalMark(one.Key, HeldOf(one)))]);

    private IEnumerable<IGrouping<Interval, MinuteShelf>> Shelves() =>
        Disk.Minutes.GroupBy(one => Interval.Containing(one.Key, world.Settings.IntervalLength), static one => one.Value);

    private string HeldOf(Interval interval) => Shelves().Where(one => one.Key == interval).Select(HeldOf).FirstOrDefault("");

    private static string HeldOf(IEnumerable<MinuteShelf> shelves)
    {
        var sums = shelves.SelectMany(static shelf => shelf.Buckets).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{sums.Sum(static s => s.Blocks)} {sums.Sum(static s => s.Events)} {sums.Aggregate(default(EventDigest), static (sum, s) => sum + s.DigestSum)}");
    }
}
