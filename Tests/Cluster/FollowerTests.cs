using System.Collections.Concurrent;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Readers that follow a cluster of real silos.</summary>
public sealed class FollowerTests
{
    private const int Writers = 12;
    private const int PutsOfWriter = 60;

    [Fact]
    public async Task Readers_through_every_silo_get_each_event_once_in_order_while_a_silo_dies_and_returns()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<EventKey>();
        var first = await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("first"));
        var readers = AllDataCluster.Six.Where(static p => p.Id != "east-f").Select(p => new Reader(cluster.Service<IGrainFactory>(p.Id), first.Key))
            .Append(new Reader(cluster.Client, first.Key)).ToList();
        var following = readers.ConvertAll(reader => reader.RunAsync(stop.Token));
        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(n => WriteAsync(cluster, n, acknowledged)));
        await Eventually.IsAsync("some events were put", () => acknowledged.Count, static count => count > Writers * PutsOfWriter / 4);
        await cluster.KillAsync("east-f");
        await writing;

        // Until it is back, its silence holds the readers up, and they say so.
        await Eventually.IsAsync("the dead peer is named", () => readers[0].Waits, static waits => waits.Contains("east-f"), TimeSpan.FromMinutes(1));
        await cluster.RestartAsync("east-f");
        acknowledged.Add((await cluster.CoordinatorOn("west-d").Put(EventPayload.FromText("last"))).Key);
        var last = acknowledged.Max();

        foreach (var reader in readers)
        {
            await Eventually.IsAsync("the reader has the last event", () => reader.Last, key => key >= last, TimeSpan.FromMinutes(1));
            Assert.Empty(acknowledged.Except(reader.Seen));
            Assert.Equal(reader.Seen.Distinct().Order(), reader.Seen);
        }

        await stop.CancelAsync();
        foreach (var one in following)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        }
    }

    private static async Task WriteAsync(AllDataCluster cluster, int writer, ConcurrentBag<EventKey> acknowledged)
    {
        // Not through the silo that dies: what its callers are not told was not acknowledged.
        var coordinator = cluster.CoordinatorOn(AllDataCluster.Six[writer % (AllDataCluster.Six.Length - 1)].Id);
        await Task.Yield();
        for (var n = 0; n < PutsOfWriter; n++)
        {
            try
            {
                acknowledged.Add((await coordinator.Put(EventPayload.FromText($"{writer} {n}"))).Key);
            }
            catch (PutException)
            {
                // Not acknowledged: it may be read or not.
            }
        }
    }

    private sealed class Reader(IGrainFactory grains, EventKey after)
    {
        private readonly EventFollow _follow = grains.CreateEventReader().FollowAsync(FollowStart.After(after));
        private readonly ConcurrentQueue<EventKey> _seen = new();

        public List<EventKey> Seen => [.. _seen];

        public EventKey? Last { get; private set; }

        public IEnumerable<string> Waits => _follow.HeldUpBy.Select(static d => d.Peer.Value);

        public async Task RunAsync(CancellationToken stop)
        {
            await foreach (var e in _follow.WithCancellation(stop))
            {
                _seen.Enqueue(e.Key);
                Last = e.Key;
            }
        }
    }
}
