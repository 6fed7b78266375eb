using System.Collections.Concurrent;
using AllData.Coordination;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Readers that follow real silos while events are put under keys that they have passed.</summary>
public sealed class LateEventTests
{
    // Of a directory that there is not: nothing else is ever put under its keys.
    private const int FormerOrdinal = 9_000;
    private const int Imported = 240;
    private static readonly PutOptions Quorum = new() { Level = CommitLevel.Quorum };

    [Fact]
    public async Task Imported_events_are_given_once_and_marked_by_every_silo_in_one_order_while_one_dies_and_returns()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..4]);
        using var stop = new CancellationTokenSource();
        var fresh = new ConcurrentBag<EventKey>();
        var first = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("first"))).Key;
        List<Reader> readers =
        [
            .. AllDataCluster.Six[..3].Select(p => new Reader(cluster.Service<IGrainFactory>(p.Id), first, FollowMode.Ordered)),
            new(cluster.Client, first, FollowMode.Ordered), new(cluster.Client, first, FollowMode.Live),
        ];
        var following = readers.ConvertAll(reader => reader.RunAsync(stop.Token));
        await PutAsync(cluster, "north-a", fresh);
        await AwaitAsync(readers, () => fresh.Max());
        var keys = OldKeys(first);

        await Task.WhenAll(ImportAsync(cluster, keys[..(Imported / 2)]), PutAsync(cluster, "north-b", fresh));
        await cluster.KillAsync("west-d");
        await Task.WhenAll(ImportAsync(cluster, keys[(Imported / 2)..]), PutAsync(cluster, "north-a", fresh));
        await cluster.RestartAsync("west-d");
        await PutAsync(cluster, "west-d", fresh);

        await AwaitAsync(readers, () => fresh.Max());
        foreach (var reader in readers)
        {
            var seen = reader.Seen;
            Assert.Equal(keys.Concat(fresh).Order(), seen.Select(static e => e.Key).Order());
            Assert.Equal(keys, seen.Where(static e => e.LateAt is not null).Select(static e => e.Key).Order());
        }

        var ordered = readers[0].Seen;
        Assert.Equal(ordered.Select(static e => e.Position).Order(), ordered.Select(static e => e.Position));
        Assert.All(readers[..4], reader => Assert.Equal(ordered, reader.Seen));
        await stop.CancelAsync();
        await Task.WhenAll(following).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.All(following, static one => Assert.True(one.IsCanceled));
    }

    [Fact]
    public async Task A_reader_goes_on_at_another_silo_in_the_middle_of_what_was_imported_together()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        var first = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("first"))).Key;
        await ReadAsync(cluster, "north-b", FollowStart.From(first), 1);
        var keys = OldKeys(first)[..10];
        await PutManyAsync(cluster.CoordinatorOn("west-c"), keys);
        var whole = await ReadAsync(cluster, "north-a", FollowStart.After(first), keys.Length);

        Assert.Equal(keys, whole.Select(static e => e.Key));
        foreach (var n in new[] { 1, 4, 9 })
        {
            Assert.Equal(whole[n..], await ReadAsync(cluster, n % 2 == 0 ? "north-b" : "west-c", FollowStart.After(whole[n - 1].Position), keys.Length - n));
        }
    }

    [Fact]
    public async Task A_consumer_acknowledges_late_events_and_another_holder_goes_on_behind_them()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        var first = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("first"))).Key;
        await ReadAsync(cluster, "north-b", FollowStart.From(first), 1);
        var keys = OldKeys(first)[..6];
        await PutManyAsync(cluster.CoordinatorOn("north-b"), keys);

        var seen = new List<EventKey>();
        foreach (var count in new[] { 3, 4 })
        {
            using var consumer = cluster.Client.CreateEventReader().ConsumeAsync("billing", FollowStart.From(first));
            var left = count;
            await foreach (var e in consumer)
            {
                seen.Add(e.Key);
                await consumer.AcknowledgeAsync(e.Position);
                if (--left == 0)
                {
                    break;
                }
            }
        }

        Assert.Equal(keys.Prepend(first), seen);
    }

    [Fact]
    public async Task A_put_in_flight_below_no_safe_point_is_not_late_and_readers_wait_for_it()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3]);
        var first = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("first"))).Key;
        var key = Assert.Single(await cluster.CoordinatorOn("north-a").ReserveKeys(1));
        await cluster.CoordinatorOn("north-a").Put(key, EventPayload.FromText("once"), Quorum);

        // The second time it is no fresh key any more.
        await cluster.CoordinatorOn("north-a").Put(key, EventPayload.FromText("once"), new PutOptions { Level = CommitLevel.All });
        var last = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("last"))).Key;

        var events = await ReadAsync(cluster, "north-a", FollowStart.From(first), 3);
        Assert.Equal([first, key, last], events.Select(static e => e.Position));
    }

    [Fact]
    public async Task A_given_key_below_a_reported_watermark_is_late_and_one_above_it_holds_the_watermark_until_its_put_ends()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..1]);
        var issuer = cluster.Service<KeyIssuer>("north-a");
        var watermark = await issuer.GetLowWatermarkAsync();
        var isLate = new bool[2];

        using (issuer.BeginGiven([new KeyedEvent(watermark.GetPredecessor(), new byte[1]), new KeyedEvent(watermark, new byte[1])], isLate))
        {
            Assert.Equal([true, false], isLate);
            Assert.Equal(watermark, await issuer.GetLowWatermarkAsync());
            var (arrival, inFlight) = await issuer.ArriveAsync(3);
            Assert.True(arrival > watermark);
            Assert.Equal(watermark, await issuer.GetLowWatermarkAsync());
            inFlight.Dispose();
        }

        var (second, settled) = await issuer.ArriveAsync(1);
        await Eventually.IsAsync("time goes on", () => cluster.Service<ClusterClock>("north-a").UnixMilliseconds, now => now > second.UnixMilliseconds);
        Assert.Equal(second, await issuer.GetLowWatermarkAsync());
        settled.Dispose();
        Assert.True(await issuer.GetLowWatermarkAsync() > second);
    }

    [Fact]
    public async Task What_a_former_process_of_a_silo_has_reported_is_passed_for_the_next_one()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..2]);
        var watermark = await cluster.Service<KeyIssuer>("north-b").GetLowWatermarkAsync();
        await cluster.KillAsync("north-b");
        await cluster.RestartAsync("north-b");
        var isLate = new bool[1];

        using var pending = cluster.Service<KeyIssuer>("north-b").BeginGiven([new KeyedEvent(watermark.GetPredecessor(), new byte[1])], isLate);

        Assert.Equal([true], isLate);
    }

    // A minute old, so that no silo is asked whether it has issued them.
    private static EventKey[] OldKeys(EventKey before) =>
        [.. Enumerable.Range(0, Imported).Select(i => EventKey.Create(before.UnixMilliseconds - 60_000 + i, FormerOrdinal, EventKey.FirstReservedSequence))];

    private static async Task ImportAsync(AllDataCluster cluster, EventKey[] keys)
    {
        var run = 0;
        foreach (var some in keys.Chunk(24))
        {
            // Now and then through two silos at once: the same events then lie in two blocks.
            string[] through = run++ % 2 == 0 ? ["north-a", "north-b"] : ["west-c"];
            await Task.WhenAll(through.Select(peer => PutManyAsync(cluster.CoordinatorOn(peer), some)));
        }
    }

    private static async Task PutManyAsync(IPutCoordinatorGrain coordinator, EventKey[] keys)
    {
        KeyValuePair<EventKey, EventPayload>[] events = [.. keys.Select(static key => KeyValuePair.Create(key, EventPayload.FromText($"{key}")))];
        Assert.All(await coordinator.PutMany(EventBatch.OfKeyed(events), Quorum), static result => Assert.Null(result.Error));
    }

    private static async Task PutAsync(AllDataCluster cluster, string through, ConcurrentBag<EventKey> fresh)
    {
        for (var n = 0; n < 20; n++)
        {
            fresh.Add((await cluster.CoordinatorOn(through).Put(EventPayload.FromText($"{n}"), Quorum)).Key);
        }
    }

    private static async Task AwaitAsync(List<Reader> readers, Func<EventKey> last)
    {
        foreach (var reader in readers)
        {
            await Eventually.IsAsync("the reader has everything", () => reader.Position, at => at >= last(), TimeSpan.FromMinutes(1));
        }
    }

    private static async Task<List<(EventKey Key, EventKey Position, string Payload)>> ReadAsync(
        AllDataCluster cluster, string through, FollowStart start, int count)
    {
        var events = new List<(EventKey, EventKey, string)>();
        await foreach (var e in cluster.Service<IGrainFactory>(through).CreateEventReader().FollowAsync(start))
        {
            events.Add((e.Key, e.Position, System.Text.Encoding.UTF8.GetString(e.Payload.Span)));
            if (events.Count == count)
            {
                break;
            }
        }

        return events;
    }

    private sealed class Reader(IGrainFactory grains, EventKey after, FollowMode mode)
    {
        private readonly EventFollow _follow = grains.CreateEventReader().FollowAsync(FollowStart.After(after), mode);
        private readonly ConcurrentQueue<(EventKey Key, EventKey? LateAt, EventKey Position)> _seen = new();

        public List<(EventKey Key, EventKey? LateAt, EventKey Position)> Seen => [.. _seen];

        public EventKey? Position { get; private set; }

        public async Task RunAsync(CancellationToken stop)
        {
            await foreach (var page in _follow.ReadPagesAsync(stop))
            {
                foreach (var e in page.Events?.Unpack() ?? [])
                {
                    _seen.Enqueue((e.Key, e.LateAt, e.Position));
                }

                Position = page.Position;
            }
        }
    }
}
