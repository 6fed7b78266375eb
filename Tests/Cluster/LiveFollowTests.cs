using System.Collections.Concurrent;
using AllData.Errors;
using AllData.Events;
using AllData.Following.Live;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Live readers of a cluster of real silos.</summary>
public sealed class LiveFollowTests
{
    private const int Writers = 8;
    private const int PutsOfWriter = 40;

    [Fact]
    public async Task A_live_reader_is_given_an_event_while_it_is_not_safe()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        using var stop = new CancellationTokenSource();
        var readers = AllDataCluster.Six[..3].Select(p => Reader.Start(cluster.Service<IGrainFactory>(p.Id), stop.Token)).ToList();
        foreach (var reader in readers)
        {
            await Eventually.IsAsync("it has begun", () => reader.Position, static position => position is not null, TimeSpan.FromMinutes(1));
        }

        // A key that was handed out keeps the safe point before it, as long as it is not used. News is asked for by then, or soon after.
        var reserved = Assert.Single(await cluster.CoordinatorOn("west-c").ReserveKeys(1));
        var coordinator = cluster.CoordinatorOn("north-a");
        await Eventually.IsAsync<EventKey?>(
            "all have an event that is not safe",
            async () => (await coordinator.Put(EventPayload.FromText("x"))).Key is var key && readers.TrueForAll(r => r.Seen.Any(seen => seen > reserved))
                ? key
                : default(EventKey?),
            static key => key is not null,
            TimeSpan.FromMinutes(1));
        Assert.All(readers, reader => Assert.True(reader.Position < reserved));

        await cluster.CoordinatorOn("west-c").Put(reserved, EventPayload.FromText("put at last"));
        foreach (var reader in readers)
        {
            await Eventually.IsAsync("it has the first one, too", () => reader.Seen, seen => seen.Contains(reserved), TimeSpan.FromMinutes(1));
            Assert.Equal(reader.Seen.Count, reader.Seen.Distinct().Count());
        }

        await stop.CancelAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Live_readers_are_given_each_event_once_while_a_silo_dies_and_returns_also_if_they_hear_of_none(bool isAllLost)
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        using var stop = new CancellationTokenSource();
        var acknowledged = new ConcurrentBag<EventKey>();
        foreach (var peer in AllDataCluster.Six.Where(_ => isAllLost))
        {
            cluster.Service<LiveFeed>(peer.Id).MostComingBytes = 0;
        }

        var readers = AllDataCluster.Six.Where(static p => p.Id != "east-f").Select(p => Reader.Start(cluster.Service<IGrainFactory>(p.Id), stop.Token))
            .Append(Reader.Start(cluster.Client, stop.Token)).ToList();
        foreach (var reader in readers)
        {
            await Eventually.IsAsync("it has begun", () => reader.Position, static position => position is not null, TimeSpan.FromMinutes(1));
        }

        var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(n => WriteAsync(cluster, n, acknowledged)));
        await Eventually.IsAsync("some events were put", () => acknowledged.Count, static count => count > Writers * PutsOfWriter / 4);
        await cluster.KillAsync("east-f");
        await writing;
        await cluster.RestartAsync("east-f");
        acknowledged.Add((await cluster.CoordinatorOn("west-d").Put(EventPayload.FromText("last"))).Key);
        var last = acknowledged.Max();

        foreach (var reader in readers)
        {
            await Eventually.IsAsync("everything is safe", () => reader.Position, position => position >= last, TimeSpan.FromMinutes(1));
            Assert.Empty(acknowledged.Except(reader.Seen));
            Assert.Equal(reader.Seen.Count, reader.Seen.Distinct().Count());
        }

        // That of the client may be served by the silo that returned.
        Assert.All(readers[..^1], reader => Assert.True(!isAllLost || reader.Live == 0, $"{reader.Live} came live."));

        await stop.CancelAsync();
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

    private sealed class Reader
    {
        private readonly EventFollow _follow;
        private readonly ConcurrentQueue<EventKey> _seen = new();
        private readonly Lock _gate = new();
        private EventKey? _position;
        private int _live;

        private Reader(IGrainFactory grains) => _follow = grains.CreateEventReader().FollowAsync(FollowStart.Now, FollowMode.Live);

        public List<EventKey> Seen => [.. _seen];

        /// <summary>Everything up to here has been seen.</summary>
        public EventKey? Position
        {
            get
            {
                lock (_gate)
                {
                    return _position;
                }
            }
        }

        public int Live => Volatile.Read(ref _live);

        public static Reader Start(IGrainFactory grains, CancellationToken stop)
        {
            var reader = new Reader(grains);
            _ = Task.Run(() => reader.RunAsync(stop), CancellationToken.None);
            return reader;
        }

        private async Task RunAsync(CancellationToken stop)
        {
            await foreach (var page in _follow.ReadPagesAsync(stop))
            {
                foreach (var e in page.Events?.Unpack() ?? [])
                {
                    _seen.Enqueue(e.Key);
                    _live += page.IsLive ? 1 : 0;
                }

                lock (_gate)
                {
                    _position = page.Position;
                }
            }
        }
    }
}
