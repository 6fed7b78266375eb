using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Hosting;
using AllData.Reading;
using AllData.Replication;
using AllData.Security;
using AllData.Streaming;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.Streams;
using Xunit.Abstractions;

namespace AllData.Tests.Cluster;

/// <summary>The store as an Orleans stream, with real silos.</summary>
public sealed class StreamTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task What_is_produced_is_put_and_what_is_put_in_any_way_is_given_to_every_subscriber_once_and_in_order()
    {
        await using var cluster = await StartAsync("Produced", AllDataCluster.Six[..3]);
        await SubscribeAsync(cluster, "Produced/a", "Produced/b");
        var ofClient = new ConcurrentQueue<(EventKey Key, string Payload)>();
        var provider = cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>("Produced");
        await provider.GetEvents().SubscribeAsync((e, token) =>
        {
            ofClient.Enqueue((((EventPositionToken)token!).Position, Encoding.UTF8.GetString(e.Payload.Span)));
            return Task.CompletedTask;
        });

        await provider.GetEvents().OnNextAsync(EventPayload.FromText("1"));
        await provider.GetEvents().OnNextBatchAsync(Enumerable.Range(2, 599).Select(static n => EventPayload.FromText($"{n}")));
        await cluster.Client.GetGrain<IListenerGrain>("Produced/b").Produce("Produced", EventPayload.FromText("601"));
        var last = (await cluster.CoordinatorOn("north-b").Put(EventPayload.FromText("602"))).Key;

        var stored = await cluster.Client.CreateEventReader().Scan(ScanRange.All).Select(static e => e.Key).ToListAsync();
        Assert.Equal(602, stored.Count);
        await HasAsync("Produced/a", last);
        await HasAsync("Produced/b", last);
        await Eventually.IsAsync("the client has the last event", () => ofClient.LastOrDefault().Key, key => key == last, Bound);
        Assert.Equal(stored, Heard.By("Produced/a"));
        Assert.Equal(stored, Heard.By("Produced/b"));
        Assert.Equal(stored, ofClient.Select(static e => e.Key));
        Assert.Equal(Enumerable.Range(1, 602).Select(static n => $"{n}"), ofClient.Select(static e => e.Payload));
        await Eventually.IsAsync(
            "the implicit subscriber has all", () => Heard.By(ImplicitListenerGrain.NameOf("Produced")), heard => heard.SequenceEqual(stored), Bound);
    }

    [Fact]
    public async Task What_the_stream_does_not_take_is_refused_with_what_it_takes()
    {
        await using var cluster = await StartAsync("Refused", AllDataCluster.Six[..1]);
        var provider = cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>("Refused");

        var other = provider.GetStream<ScannedEvent>(StreamId.Create("AllData", "other"));
        await RefusedAsync("not a stream of a store", () => other.OnNextAsync(EventPayload.FromText("1")));
        await RefusedAsync("of type String", () => provider.GetStream<string>(AllDataStreams.EventsOf(Topic.Parse("a"))).OnNextAsync("1"));
        var fresh = new ScannedEvent(default, new byte[] { 1 }, IsConflict: false);
        await RefusedAsync("give no token", () => provider.GetEvents().OnNextAsync(fresh, EventPositionToken.Beginning));
        await RefusedAsync("gets a fresh key", () => provider.GetEvents().OnNextAsync(fresh with { Key = FakeScan.Key(1) }));
        await RefusedAsync("topic of its stream", () => provider.GetEvents().OnNextAsync(fresh with { Topic = Topic.Parse("a") }));
        await Assert.ThrowsAsync<EventTooLargeException>(() => provider.GetEvents().OnNextAsync(EventPayload.FromBytes(new byte[(1 << 20) + 1])));
        Assert.Empty(await cluster.Client.CreateEventReader().Scan(ScanRange.All).ToListAsync());
    }

    [Fact]
    public async Task A_subscription_with_a_token_begins_after_it_however_long_ago_that_is()
    {
        await using var cluster = await StartAsync("Rewound", AllDataCluster.Six[..3]);
        var keys = new List<EventKey>();
        for (var n = 0; n < 40; n++)
        {
            keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText($"{n}"))).Key);
        }

        await cluster.Client.GetGrain<IListenerGrain>("Rewound/all").Subscribe("Rewound", EventPositionToken.Beginning);
        await cluster.Client.GetGrain<IListenerGrain>("Rewound/half").Subscribe("Rewound", new EventPositionToken(keys[19]));
        await cluster.Client.GetGrain<IListenerGrain>("Rewound/from").Subscribe("Rewound", EventPositionToken.From(keys[30]));
        keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("last"))).Key);

        await HasAsync("Rewound/all", keys[^1]);
        await HasAsync("Rewound/half", keys[^1]);
        await HasAsync("Rewound/from", keys[^1]);
        Assert.Equal(keys, Heard.By("Rewound/all"));
        Assert.Equal(keys[20..], Heard.By("Rewound/half"));
        Assert.Equal(keys[30..], Heard.By("Rewound/from"));
    }

    [Fact]
    public async Task A_thousand_subscribers_share_one_reading_of_the_store()
    {
        var source = new CountedFollowSource();
        await using var cluster = await StartAsync("Many", AllDataCluster.Six[..2], source, withMemory: true);
        var names = Enumerable.Range(0, 1_000).Select(static n => $"Many/{n}").ToArray();
        foreach (var some in names.Chunk(16))
        {
            await SubscribeAsync(cluster, some);
        }

        var before = source.Own;
        var keys = new List<EventKey>();
        for (var n = 0; n < 20; n++)
        {
            keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText($"{n}"))).Key);
        }

        foreach (var name in names)
        {
            await HasAsync(name, keys[^1]);
            Assert.Equal(keys, Heard.By(name));
        }

        Assert.Equal(before, source.Own);
    }

    [Fact]
    public async Task A_slow_subscriber_and_one_that_throws_hold_up_themselves_alone_and_miss_nothing()
    {
        await using var cluster = await StartAsync("Slow", AllDataCluster.Six[..2]);
        var (gate, failures) = (new TaskCompletionSource(), 2);
        Heard.Before["Slow/slow"] = _ => gate.Task;
        Heard.Before["Slow/throws"] = _ => Interlocked.Decrement(ref failures) >= 0 ? throw new InvalidOperationException("Not now.") : Task.CompletedTask;
        await SubscribeAsync(cluster, "Slow/slow", "Slow/throws", "Slow/good");
        var keys = new List<EventKey>();
        for (var n = 0; n < 30; n++)
        {
            keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText($"{n}"))).Key);
        }

        await HasAsync("Slow/good", keys[^1]);
        Assert.Empty(Heard.By("Slow/slow"));
        Assert.Equal(keys, Heard.By("Slow/good"));
        gate.SetResult();
        await HasAsync("Slow/slow", keys[^1]);
        await HasAsync("Slow/throws", keys[^1]);
        Assert.Equal(keys, Heard.By("Slow/slow").Distinct());
        Assert.Equal(keys, Heard.By("Slow/throws").Distinct());
    }

    [Fact]
    public async Task An_event_under_a_key_that_subscribers_have_passed_is_given_to_each_of_them_late()
    {
        await using var cluster = await StartAsync("Late", AllDataCluster.Six[..2]);
        await SubscribeAsync(cluster, "Late/a", "Late/b");
        var keys = new List<EventKey> { (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("1"))).Key };
        await HasAsync("Late/a", keys[0]);
        await HasAsync("Late/b", keys[0]);

        // Of a directory that there is not, and a minute old, so that no silo is asked whether it has issued it.
        keys.Add(EventKey.Create(keys[0].UnixMilliseconds - 60_000, 9_000, EventKey.FirstReservedSequence));
        await cluster.CoordinatorOn("north-b").Put(keys[1], EventPayload.FromText("2"));
        keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("3"))).Key);

        await HasAsync("Late/a", keys[2]);
        await HasAsync("Late/b", keys[2]);
        Assert.Equal(keys, Heard.By("Late/a"));
        Assert.Equal(keys, Heard.By("Late/b"));
    }

    [Fact]
    public async Task A_grain_that_was_let_go_is_activated_by_the_next_event_and_goes_on_and_one_that_has_unsubscribed_is_not()
    {
        await using var cluster = await StartAsync("Idle", AllDataCluster.Six[..2]);
        await SubscribeAsync(cluster, "Idle/a", "Idle/b");
        var keys = new List<EventKey> { (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("1"))).Key };
        await HasAsync("Idle/a", keys[0]);
        await HasAsync("Idle/b", keys[0]);

        await cluster.Client.GetGrain<IListenerGrain>("Idle/a").Forget();
        await cluster.Client.GetGrain<IListenerGrain>("Idle/b").Unsubscribe("Idle");
        keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("2"))).Key);

        await HasAsync("Idle/a", keys[1]);
        Assert.Equal(keys, Heard.By("Idle/a"));
        Assert.Equal(keys[..1], Heard.By("Idle/b"));
    }

    [Fact]
    public async Task When_the_silo_that_reads_the_queue_dies_another_goes_on_and_no_subscriber_misses_an_event()
    {
        await using var cluster = await StartAsync("Killed", AllDataCluster.Six);
        var names = Enumerable.Range(0, 24).Select(static n => $"Killed/{n}").ToArray();
        await SubscribeAsync(cluster, names);
        var keys = new List<EventKey>();
        await PutAsync("north-a", 20);
        await HasAsync(names[0], keys[^1]);
        var positions = cluster.Client.CreateConsumerPositions();
        var reads = (await positions.FindAsync(QueuePosition.ConsumerOf("Killed", topic: null)))!.Holder;
        var through = AllDataCluster.Six.First(p => p.Id != reads).Id;

        await PutAsync(through, 20);
        await cluster.KillAsync(reads);
        await PutAsync(through, 20);
        await cluster.RestartAsync(reads);
        await PutAsync(through, 20);

        var duplicates = 0;
        foreach (var name in names.Append(ImplicitListenerGrain.NameOf("Killed")))
        {
            await HasAsync(name, keys.Max());
            await Eventually.IsAsync($"{name} has all", () => Heard.By(name), heard => !keys.Except(heard).Any(), Bound);
            duplicates += Heard.By(name).Count - Heard.By(name).Distinct().Count();
        }

        output.WriteLine($"{keys.Count} events, {names.Length + 1} subscribers: {duplicates} given again.");

        // Those that were on their way, or taken and not yet kept, when it died: a second's, and no more than was put before the end.
        Assert.InRange(duplicates, 0, (names.Length + 1) * 60);

        async Task PutAsync(string silo, int count)
        {
            for (var n = 0; n < count; n++)
            {
                try
                {
                    keys.Add((await cluster.CoordinatorOn(silo).Put(EventPayload.FromText($"{n}"))).Key);
                }
                catch (PutException)
                {
                    // Not acknowledged.
                }
            }
        }
    }

    [Fact]
    public async Task A_subscriber_that_rewinds_is_given_events_again_and_goes_on()
    {
        await using var cluster = await StartAsync("Back", AllDataCluster.Six[..2]);
        await SubscribeAsync(cluster, "Back/a");
        var keys = new List<EventKey>();
        for (var n = 0; n < 10; n++)
        {
            keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText($"{n}"))).Key);
        }

        await HasAsync("Back/a", keys[^1]);
        await cluster.Client.GetGrain<IListenerGrain>("Back/a").Rewind("Back", new EventPositionToken(keys[6]));
        keys.Add((await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("last"))).Key);

        await HasAsync("Back/a", keys[^1]);
        await Eventually.IsAsync("it has them again", () => Heard.By("Back/a"), heard => heard.Count >= 14, Bound);
        Assert.Equal([.. keys[..10], .. keys[7..]], Heard.By("Back/a"));
    }

    [Fact]
    public async Task A_topic_has_a_stream_of_its_own_and_Orleans_spreads_them_over_the_silos()
    {
        string[] others = [.. Enumerable.Range(0, 12).Select(static n => $"other-{n}")];
        await using var cluster = await StartAsync("Topics", AllDataCluster.Six[..3], topics: ["orders", "bills", .. others]);
        var positions = cluster.Client.CreateConsumerPositions();
        var provider = cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>("Topics");
        var before = (await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("0"), new PutOptions { Topic = Topic.Parse("orders") })).Key;
        await cluster.Client.GetGrain<IListenerGrain>("Topics/orders").SubscribeTo("Topics", Topic.Parse("orders"), EventPositionToken.Beginning);
        var orders = new List<EventKey> { before };
        for (var n = 0; n < 5; n++)
        {
            await cluster.CoordinatorOn("north-a").Put(EventPayload.FromText($"{n}"));
            await cluster.CoordinatorOn("north-b").Put(EventPayload.FromText($"b{n}"), new PutOptions { Topic = Topic.Parse("bills") });
            orders.Add((await cluster.CoordinatorOn("west-c").Put(EventPayload.FromText($"o{n}"), new PutOptions { Topic = Topic.Parse("orders") })).Key);
        }

        await provider.GetEvents(Topic.Parse("orders")).OnNextBatchAsync([EventPayload.FromText("x"), EventPayload.FromText("y")]);
        await provider.GetEvents(Topic.Parse("bills")).OnNextAsync(EventPayload.FromText("z"));

        var stored = await cluster.Client.CreateEventReader().Scan(ScanRange.All).ToListAsync();
        var (ordered, billed) = (KeysOf(stored, "orders"), KeysOf(stored, "bills"));
        Assert.Equal(orders, ordered[..^2]);
        Assert.Equal(6, billed.Count);
        await Eventually.IsAsync("the subscriber has its topic", () => Heard.By("Topics/orders"), heard => heard.SequenceEqual(ordered), Bound);
        foreach (var (topic, keys) in new[] { ("orders", ordered[^7..]), ("bills", billed) })
        {
            await Eventually.IsAsync(
                $"the grain of {topic} has it", () => Heard.By(TopicListenerGrain.NameOf("Topics", topic)),
                heard => heard.Count >= keys.Count && heard[^keys.Count..].SequenceEqual(keys), Bound);
        }

        var readers = new HashSet<string>();
        foreach (var topic in others)
        {
            var position = await Eventually.IsAsync<ConsumerPosition?>(
                $"a silo reads the queue of {topic}", () => positions.FindAsync(QueuePosition.ConsumerOf("Topics", Topic.Parse(topic))),
                static found => found is not null, Bound);
            readers.Add(position!.Holder);
        }

        Assert.True(readers.Count > 1, "One silo reads all queues.");

        await Eventually.IsAsync(
            "the stream of all events has them too", () => Heard.By(ImplicitListenerGrain.NameOf("Topics")).Count, count => count == stored.Count, Bound);

        static List<EventKey> KeysOf(List<ScannedEvent> events, string topic) =>
            [.. events.Where(e => e.Topic == Topic.Parse(topic)).Select(static e => e.Key)];
    }

    // In a secured cluster it would be refused.
    [Fact]
    public async Task What_a_client_calls_to_subscribe_and_to_produce_is_open_to_readers_and_writers()
    {
        var calls = new ConcurrentQueue<(MethodInfo Method, GrainId Grain)>();
        await using var cluster = await StartAsync("Calls", AllDataCluster.Six[..1], configure: silo => silo.AddIncomingGrainCallFilter(context =>
        {
            if ($"{context.SourceId?.Type}" == "sys.client" && !$"{context.SourceId?.Key}".StartsWith("hosted-", StringComparison.Ordinal)
                && $"{context.TargetId.Type}" != "sys.svc.test.hooks")
            {
                calls.Enqueue((context.InterfaceMethod, context.TargetId));
            }

            return context.Invoke();
        }));
        var provider = cluster.Client.ServiceProvider.GetRequiredKeyedService<IStreamProvider>("Calls");
        var heard = new ConcurrentQueue<EventKey>();
        var handle = await provider.GetEvents().SubscribeAsync(Hear);
        Assert.Single(await provider.GetEvents().GetAllSubscriptionHandles());
        handle = await handle.ResumeAsync(Hear);
        await provider.GetEvents(Topic.Parse("a")).OnNextAsync(EventPayload.FromText("1"));
        await provider.GetEvents().OnNextBatchAsync([EventPayload.FromText("2"), EventPayload.FromText("3")]);
        await Eventually.IsAsync("the client has all", () => heard.Distinct().Count(), static count => count == 3, Bound);
        await handle.UnsubscribeAsync();

        var subscriptions = calls.Where(static c => c.Method.DeclaringType!.FullName == GrainRoles.StreamSubscriptions).ToList();
        Assert.Superset(GrainRoles.OfSubscribers.ToHashSet(), subscriptions.Select(static c => c.Method.Name).ToHashSet());
        Assert.All(subscriptions, static c => Assert.Equal(StoreRoles.Reader, GrainRoles.Of(c.Method)));
        Assert.All(calls.Where(static c => !GrainRoles.IsOfOrleansClient(c.Method)), static c =>
        {
            Assert.NotEqual(StoreRoles.None, GrainRoles.Of(c.Method));
            Assert.False(GrainRoles.IsOfOtherStream(c.Method, c.Grain), $"{c.Grain}");
        });
        var other = GrainId.Create(subscriptions[0].Grain.Type, IdSpan.Create("Other/Orders/all"));
        Assert.True(GrainRoles.IsOfOtherStream(subscriptions[0].Method, other));

        Task Hear(ScannedEvent e, StreamSequenceToken? token)
        {
            heard.Enqueue(e.Key);
            return Task.CompletedTask;
        }
    }

    private static Task<AllDataCluster> StartAsync(
        string provider, PeerSpec[] peers, CountedFollowSource? source = null, bool withMemory = false, Action<ISiloBuilder>? configure = null,
        params string[] topics) =>
        AllDataCluster.StartAsync(
            peers,
            silos: silo =>
            {
                _ = withMemory ? silo.AddMemoryGrainStorage("PubSubStore") : silo;
                configure?.Invoke(silo);
                silo.AddAllDataStreams(provider, [.. topics.Select(Topic.Parse)]);
                source?.AddTo(silo);
            },
            clients: client => client.AddAllDataStreams(provider));

    private static Task SubscribeAsync(AllDataCluster cluster, params string[] names) => Task.WhenAll(
        names.Select(name => cluster.Client.GetGrain<IListenerGrain>(name).Subscribe(name.Split('/')[0], null)));

    private static Task<List<EventKey>> HasAsync(string listener, EventKey key) =>
        Eventually.IsAsync($"{listener} has the event", () => Heard.By(listener), heard => heard.Contains(key), Bound);

    private static async Task RefusedAsync(string sentence, Func<Task> call) =>
        Assert.Contains(sentence, (await Assert.ThrowsAsync<ArgumentException>(call)).Message, StringComparison.Ordinal);
}
