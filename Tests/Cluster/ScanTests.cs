using System.Text;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Merged scans over six silos of a test cluster.</summary>
public sealed class ScanTests : IAsyncLifetime
{
    private AllDataCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Every_event_is_given_once_in_the_order_of_the_keys_and_the_scan_is_complete()
    {
        var put = await PutAsync(3_000);
        var scan = _cluster.Client.CreateEventReader().Scan(ScanRange.All);
        var events = await ReadAsync(scan);
        Assert.Equal(put.OrderBy(e => e.Key), events.Select(e => (e.Key, Text(e))));
        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));
        Assert.Equal((3_000, 0), (scan.Outcome.Events, scan.Outcome.Conflicts));
    }

    [Fact]
    public async Task A_scan_goes_on_after_a_key_and_ends_at_its_limit()
    {
        var keys = (await PutAsync(500)).Select(e => e.Key).Order().ToArray();
        var reader = _cluster.Client.CreateEventReader();
        var seen = new List<EventKey>();
        while (seen.Count < keys.Length)
        {
            var scan = reader.Scan(new ScanRange { After = seen.Count > 0 ? seen[^1] : null, Limit = 64 });
            var some = await ReadAsync(scan);
            Assert.InRange(some.Count, 1, 64);
            seen.AddRange(some.Select(e => e.Key));
        }

        Assert.Equal(keys, seen);
        Assert.Empty(await ReadAsync(reader.Scan(new ScanRange { After = seen[^1] })));
        Assert.Equal(keys[10..20], (await ReadAsync(reader.Scan(new ScanRange { From = keys[10], To = keys[20] }))).Select(e => e.Key));
    }

    [Fact]
    public async Task With_one_peer_dead_the_events_are_the_same_and_the_scan_names_who_must_answer()
    {
        var put = await PutAsync(1_000);
        await _cluster.KillAsync("west-c");
        var scan = _cluster.Client.CreateEventReader().Scan(ScanRange.All);
        var events = await ReadAsync(scan);
        Assert.Equal(put.Select(e => e.Key).Order(), events.Select(e => e.Key));
        Assert.Equal(["west-c"], scan.Outcome.Doubts.Select(d => d.Peer.Value).Distinct());
        Assert.False(scan.Outcome.IsComplete);
    }

    [Fact]
    public async Task A_scan_of_a_topic_gives_its_events_alone_while_a_peer_is_dead_too()
    {
        var orders = Topic.Parse("orders");
        await PutAsync(400);
        var put = await PutAsync(300, topic: orders);
        await PutAsync(200, topic: Topic.Parse("other"));
        var reader = _cluster.Client.CreateEventReader();
        var scan = reader.Scan(new ScanRange { Topic = orders });
        Assert.Equal(put.OrderBy(e => e.Key), (await ReadAsync(scan)).Select(e => (e.Key, Text(e))));
        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));

        await _cluster.KillAsync("west-c");
        var again = reader.Scan(new ScanRange { Topic = orders });
        var events = await ReadAsync(again);
        Assert.Equal(put.OrderBy(e => e.Key), events.Select(e => (e.Key, Text(e))));
        Assert.All(events, e => Assert.Equal(orders, e.Topic));
        Assert.Equal(["west-c"], again.Outcome.Doubts.Select(d => d.Peer.Value).Distinct());

        var all = await ReadAsync(reader.Scan(ScanRange.All));
        Assert.Equal((400, 300, 200), (all.Count(e => e.Topic is null), all.Count(e => e.Topic == orders), all.Count(e => e.Topic?.Value == "other")));
        Assert.Empty(await ReadAsync(reader.Scan(new ScanRange { Topic = Topic.Parse("nothing") })));
    }

    [Fact]
    public async Task Events_of_many_topics_that_are_put_at_the_same_time_are_all_put_each_under_its_own()
    {
        var coordinator = _cluster.CoordinatorOn("north-a");
        var receipts = await Task.WhenAll(Enumerable.Range(0, 300).Select(i =>
            coordinator.Put(EventPayload.FromText($"{i % 150}"), new PutOptions { Topic = Topic.Parse($"topic-{i % 150}") })));
        var events = await ReadAsync(_cluster.Client.CreateEventReader().Scan(ScanRange.All));
        Assert.Equal(receipts.Select(static r => r.Key).Order(), events.Select(static e => e.Key));
        Assert.All(events, e => Assert.Equal($"topic-{Text(e)}", e.Topic?.Value));
    }

    [Fact]
    public async Task The_topic_belongs_to_the_event()
    {
        var (orders, payload) = (Topic.Parse("orders"), EventPayload.FromText("1"));
        await using var client = new AllDataClient(_cluster.Client);
        var receipt = await client.PutAsync(payload, new PutOptions { Topic = orders });
        Assert.Equal(orders, receipt.Topic);
        var again = await client.PutAsync(receipt.Key, payload, new PutOptions { Topic = orders });
        Assert.Equal((PutOutcome.AlreadyStored, orders), (again.Outcome, again.Topic));
        await Assert.ThrowsAsync<KeyConflictException>(() => client.PutAsync(receipt.Key, payload));
        await Assert.ThrowsAsync<KeyConflictException>(() => client.PutAsync(receipt.Key, payload, new PutOptions { Topic = Topic.Parse("other") }));
        await Assert.ThrowsAsync<InvalidEventException>(() => client.PutAsync(payload, new PutOptions { Topic = default(Topic) }));

        var held = await _cluster.Client.CreateEventReader().GetAsync(receipt.Key);
        Assert.Equal((payload, orders, 0), (Assert.Single(held.Events).Payload, held.Events[0].Topic, held.Silent.Length));
    }

    [Fact]
    public async Task A_reader_follows_a_topic_past_events_of_others()
    {
        var orders = Topic.Parse("orders");
        var follow = _cluster.Client.CreateEventReader().FollowAsync(FollowStart.Beginning with { Topic = orders });
        var put = await PutAsync(50, topic: orders);
        await PutAsync(200);
        put.AddRange(await PutAsync(50, topic: orders));
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var seen = new List<EventKey>();
        await foreach (var e in follow.WithCancellation(patience.Token))
        {
            Assert.Equal(orders, e.Topic);
            seen.Add(e.Key);
            if (seen.Count == put.Count)
            {
                break;
            }
        }

        Assert.Equal(put.Select(e => e.Key).Order(), seen);
    }

    [Fact]
    public async Task A_block_that_lies_only_outside_its_copyset_is_found()
    {
        // What the dead ones should have had lies at replacements. Through a living gateway: the client's own may be one of the dead.
        await _cluster.KillAsync("east-e");
        await _cluster.KillAsync("west-c");
        var put = await PutAsync(300, _cluster.CoordinatorOn("north-a"));
        await _cluster.RestartAsync("east-e", 5);
        await _cluster.RestartAsync("west-c", 6);
        var scan = _cluster.Client.CreateEventReader().Scan(ScanRange.All);
        Assert.Equal(put.Select(e => e.Key).Order(), (await ReadAsync(scan)).Select(e => e.Key));
        Assert.True(scan.Outcome.IsComplete, string.Join("; ", scan.Outcome.Doubts));
    }

    [Fact]
    public async Task Puts_that_go_on_do_not_disturb_a_scan()
    {
        var before = (await PutAsync(2_000)).Select(e => e.Key).ToHashSet();
        using var stop = new CancellationTokenSource();
        var putting = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await PutAsync(50);
            }
        });
        var events = await ReadAsync(_cluster.Client.CreateEventReader().Scan(ScanRange.All));
        await stop.CancelAsync();
        await putting;
        var keys = events.Select(e => e.Key).ToArray();
        Assert.Equal(keys.Order().Distinct(), keys);
        Assert.Empty(before.Except(keys));
    }

    [Fact]
    public async Task A_scan_whose_silo_dies_goes_on_at_another_one()
    {
        var put = (await PutLargeAsync(400)).Order().ToArray();
        var keys = new List<EventKey>();
        var killed = "";
        var scan = _cluster.Client.CreateEventReader().Scan(ScanRange.All);
        await foreach (var page in scan.ReadPagesAsync())
        {
            keys.AddRange(KeysOf(page));
            if (killed.Length == 0)
            {
                killed = await KillScanningAsync();
            }
        }

        Assert.Equal(put, keys);
        Assert.Equal([killed], scan.Outcome.Doubts.Select(d => d.Peer.Value).Distinct());
    }

    [Fact]
    public async Task An_empty_range_is_complete_and_gives_nothing()
    {
        var scan = _cluster.Client.CreateEventReader().Scan(new ScanRange { To = EventKey.Parse("19990101T000000000000000000") });
        Assert.Empty(await ReadAsync(scan));
        Assert.True(scan.Outcome.IsComplete);
    }

    private async Task<List<(EventKey Key, string Payload)>> PutAsync(
        int count, IPutCoordinatorGrain? coordinator = null, Topic? topic = null)
    {
        var put = new List<(EventKey, string)>();
        foreach (var chunk in Enumerable.Range(0, count).Chunk(97))
        {
            var payloads = chunk.Select(i => $$"""{"n":{{i}}}""").ToArray();
            var results = await (coordinator ?? _cluster.Client.GetPutCoordinator()).PutMany(
                EventBatch.Of([.. payloads.Select(EventPayload.FromText)]), topic is null ? null : new PutOptions { Topic = topic });
            put.AddRange(results.Zip(payloads, static (r, p) => (r.Receipt?.Key ?? throw r.Error!, p)));
        }

        return put;
    }

    // More than is read ahead, so that the scan is still in progress when its first page is there.
    private async Task<List<EventKey>> PutLargeAsync(int count)
    {
        var payload = EventPayload.FromText($"\"{new string('x', 10_000)}\"");
        var keys = new List<EventKey>();
        foreach (var chunk in Enumerable.Repeat(payload, count).Chunk(100))
        {
            var results = await _cluster.Client.GetPutCoordinator().PutMany(EventBatch.Of([.. chunk]));
            keys.AddRange(results.Select(static r => r.Receipt?.Key ?? throw r.Error!));
        }

        return keys;
    }

    private async Task<string> KillScanningAsync()
    {
        var scanning = AllDataCluster.Six.Single(p => _cluster.Service<ScanGate>(p.Id).Running == 1).Id;
        await _cluster.KillAsync(scanning);
        return scanning;
    }

    private static List<EventKey> KeysOf(ScanPage page)
    {
        var keys = new List<EventKey>();
        var reader = page.GetReader();
        while (reader.MoveNext())
        {
            keys.Add(reader.Current.Key);
        }

        return keys;
    }

    private static async Task<List<ScannedEvent>> ReadAsync(EventScan scan)
    {
        var events = new List<ScannedEvent>();
        await foreach (var e in scan)
        {
            events.Add(e);
        }

        return events;
    }

    private static string Text(ScannedEvent e) => Encoding.UTF8.GetString(e.Payload.Span);
}
