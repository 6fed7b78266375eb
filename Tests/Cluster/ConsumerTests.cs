using System.Collections.Concurrent;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;
using Orleans.Runtime;

namespace AllData.Tests.Cluster;

/// <summary>Named consumers of a cluster of real silos.</summary>
public sealed class ConsumerTests
{
    private const int Events = 120;
    private static readonly ConsumerName Billing = ConsumerName.Parse("billing");

    [Fact]
    public async Task A_consumer_that_another_takes_over_and_whose_grain_dies_gives_each_event_at_least_once_and_in_order()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);
        var acknowledged = new ConcurrentBag<EventKey>();
        await cluster.Client.CreateConsumerPositions().TakeAsync(Billing, "before", default(EventKey));
        var home = await HomeOfAsync(cluster);
        string[] others = [.. AllDataCluster.Six.Select(static p => p.Id).Where(id => id != home)];
        var first = new Consumer(cluster.Service<IGrainFactory>(others[0]), "first");
        var firstRun = first.RunAsync();
        var writing = Task.Run(() => WriteAsync(cluster, others[1], acknowledged));
        await Eventually.IsAsync("the first has acknowledged some", () => first.Acknowledged.Count, static n => n >= Events / 6, TimeSpan.FromMinutes(1));

        // It goes on by itself: the grain is on another silo then, with what was kept.
        await cluster.KillAsync(home);
        await writing;
        await cluster.RestartAsync(home);
        var second = new Consumer(cluster.Service<IGrainFactory>(others[2]), "second");
        var secondRun = second.RunAsync();

        // It is refused when it acknowledges next: so it needs an event to acknowledge.
        await Eventually.IsAsync(
            "the first is refused",
            async () =>
            {
                acknowledged.Add((await cluster.CoordinatorOn(others[1]).Put(EventPayload.FromText("more"))).Key);
                return firstRun.IsCompleted;
            },
            static isRefused => isRefused,
            TimeSpan.FromMinutes(1));
        Assert.Equal("second", (await Assert.ThrowsAsync<ConsumerMovedException>(() => firstRun)).Holder);
        acknowledged.Add((await cluster.CoordinatorOn(others[1]).Put(EventPayload.FromText("last"))).Key);
        var last = acknowledged.Max();
        await Eventually.IsAsync("the second has the last event", () => second.Acknowledged.LastOrDefault(), key => key >= last, TimeSpan.FromMinutes(2));

        Assert.Empty(acknowledged.Except(first.Seen.Concat(second.Seen)));
        Assert.Empty(first.Acknowledged.Intersect(second.Seen));
        Assert.Equal(second.Seen.Distinct().Order(), second.Seen);
        second.Stop();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => secondRun);
    }

    [Fact]
    public async Task Positions_are_listed_survive_all_silos_and_are_gone_when_they_are_deleted()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..2], static (_, o) => o.Replication.Factor = 2);
        var positions = cluster.Client.CreateConsumerPositions();
        var key = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("1"))).Key;
        var held = await positions.TakeAsync(Billing, "one", default(EventKey));
        await positions.TakeAsync(ConsumerName.Parse("0a"), "two", key);
        await positions.TakeAsync(ConsumerName.Parse("a"), "three", default(EventKey));
        await positions.MoveAsync(Billing, held.Mark, key);

        await cluster.KillAsync("north-b");
        await cluster.RestartAsync("north-b", expectedPeers: 2);
        await cluster.KillAsync("north-a");
        await cluster.RestartAsync("north-a", expectedPeers: 2);

        var kept = cluster.Service<IGrainFactory>("north-a").CreateConsumerPositions();
        var listed = await Eventually.IsAsync("the positions are there", () => kept.ListAsync(), static all => all.Length == 3);
        Assert.Equal(
            [("0a", key, "two"), ("a", default, "three"), ("billing", key, "one")], listed.Select(static c => (c.Name.Value, c.Position!.Value, c.Holder)));
        Assert.True(await kept.DeleteAsync(Billing));
        Assert.False(await kept.DeleteAsync(Billing));
        Assert.Null(await kept.FindAsync(Billing));
        await Assert.ThrowsAsync<ConsumerNotFoundException>(() => kept.MoveAsync(Billing, held.Mark, key));
        Assert.Equal(2, (await kept.ListAsync()).Length);
        var again = await kept.TakeAsync(Billing, "one", default(EventKey));
        Assert.True(again.Epoch > held.Epoch);
        await Assert.ThrowsAsync<ConsumerMovedException>(() => kept.MoveAsync(Billing, held.Mark, key));
    }

    [Fact]
    public async Task A_grain_under_a_key_that_is_no_consumers_keeps_nothing()
    {
        await using var cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..1]);
        foreach (var key in new[] { "billing", "consumer-", "consumer-\u001b[31m", "consumer-a b" })
        {
            await Assert.ThrowsAsync<InvalidConsumerNameException>(() => cluster.Client.GetGrain<IConsumerGrain>(key).Take("one", null));
        }

        Assert.Empty(await cluster.Client.CreateConsumerPositions().ListAsync());
    }

    private static async Task WriteAsync(AllDataCluster cluster, string through, ConcurrentBag<EventKey> acknowledged)
    {
        for (var n = 0; n < Events; n++)
        {
            try
            {
                acknowledged.Add((await cluster.CoordinatorOn(through).Put(EventPayload.FromText($"{n}"))).Key);
            }
            catch (PutException)
            {
                // Not acknowledged: it may be read or not.
            }
        }
    }

    private static async Task<string> HomeOfAsync(AllDataCluster cluster)
    {
        var silo = await cluster.Client.GetGrain<IManagementGrain>(0).GetActivationAddress(cluster.Client.GetConsumer(Billing));
        return AllDataCluster.Six.Select(static p => p.Id).Single(id => cluster.Service<ILocalSiloDetails>(id).SiloAddress.Equals(silo));
    }

    private sealed class Consumer(IGrainFactory grains, string holder)
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<EventKey> _seen = new();
        private readonly ConcurrentQueue<EventKey> _acknowledged = new();

        public List<EventKey> Seen => [.. _seen];

        public List<EventKey> Acknowledged => [.. _acknowledged];

        public void Stop() => _stop.Cancel();

        public async Task RunAsync()
        {
            using var consumer = new EventConsumer(
                grains.CreateEventReader(), grains.CreateConsumerPositions(), Billing, FollowStart.Beginning, TimeProvider.System)
            { Holder = holder };
            await foreach (var e in consumer.WithCancellation(_stop.Token))
            {
                _seen.Enqueue(e.Key);
                await consumer.AcknowledgeAsync(_stop.Token);
                _acknowledged.Enqueue(e.Key);
            }
        }
    }
}
