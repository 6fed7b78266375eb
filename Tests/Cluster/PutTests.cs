using System.Text;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Puts into a healthy cluster of the seed's six peers in three regions.</summary>
public sealed class PutTests(PutTests.SixPeers six) : IClassFixture<PutTests.SixPeers>
{
    private static readonly PutOptions All = new() { Level = CommitLevel.All };

    private AllDataCluster Cluster => six.Cluster;

    [Theory]
    [InlineData("north-a", "north-b", "north")]
    [InlineData("west-d", "west-c", "west")]
    public async Task A_put_is_stored_here_in_another_zone_and_in_another_region(string here, string otherZone, string region)
    {
        var payload = EventPayload.FromText("""{"foo":"bar"}""");
        var receipt = await Cluster.CoordinatorOn(here).Put(payload, All);

        Assert.Equal((PutOutcome.Stored, Adherence.Strict, CommitLevel.All), (receipt.Outcome, receipt.Adherence, receipt.Level));
        Assert.Equal(3, receipt.Replicas.Length);
        Assert.Contains(receipt.Replicas, r => r.Peer.Value == here);
        Assert.Contains(receipt.Replicas, r => r.Peer.Value == otherZone);
        Assert.Single(receipt.Replicas, r => r.Location.Region != region);
        var stored = await ReadAsync(receipt.Key);
        Assert.Equal(payload, stored.Payload);
        Assert.Equal(receipt.Replicas.Select(r => r.Peer).Order(), stored.Holders);
    }

    [Fact]
    public async Task A_client_of_the_cluster_puts_through_its_gateways()
    {
        var receipt = await Cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("{}"));

        Assert.True(receipt.Replicas.Length >= 2, $"QUORUM of 3 is 2, the receipt names {receipt.Replicas.Length}.");
    }

    [Fact]
    public async Task A_put_of_many_answers_each_event_in_its_place()
    {
        var large = EventPayload.FromBytes(new byte[(1 << 20) + 1]);
        var batch = EventBatch.Of([EventPayload.FromText("first"), EventPayload.FromBytes([]), large, EventPayload.FromText("last")]);

        var results = await Cluster.CoordinatorOn("east-e").PutMany(batch);

        Assert.Equal(4, results.Count);
        Assert.Equal("first", (await ReadAsync(results[0].Receipt!.Key)).Payload.ToString());
        Assert.IsType<InvalidEventException>(results[1].Error);
        var tooLarge = Assert.IsType<EventTooLargeException>(results[2].Error);
        Assert.Equal((1 << 20, (1 << 20) + 1), (tooLarge.Limit, tooLarge.Size));
        Assert.Equal("last", (await ReadAsync(results[3].Receipt!.Key)).Payload.ToString());
        Assert.True(results[0].Receipt!.Key < results[3].Receipt!.Key);
    }

    [Fact]
    public async Task A_thousand_events_of_one_call_are_all_stored_under_ascending_keys()
    {
        var batch = EventBatch.Of([.. Enumerable.Range(0, 1_000).Select(i => EventPayload.FromText($$"""{"n":{{i}}}"""))]);

        var results = await Cluster.CoordinatorOn("west-c").PutMany(batch, All);

        var keys = results.Select(r => r.Receipt!.Key).ToList();
        Assert.Equal(keys.Order(), keys);
        Assert.Equal(1_000, keys.Distinct().Count());
        Assert.Equal("""{"n":999}""", (await ReadAsync(keys[^1])).Payload.ToString());
    }

    [Fact]
    public async Task A_batch_that_is_empty_too_many_or_too_large_is_refused_whole()
    {
        var coordinator = Cluster.CoordinatorOn("north-a");

        await Assert.ThrowsAsync<InvalidEventException>(() => coordinator.PutMany(EventBatch.Of([])));
        var many = await Assert.ThrowsAsync<EventTooLargeException>(
            () => coordinator.PutMany(EventBatch.Of([.. Enumerable.Repeat(EventPayload.FromText("x"), 1_001)])));
        Assert.Equal((1_000, 1_001), (many.Limit, many.Size));
        var large = EventPayload.FromBytes(new byte[1 << 20]);
        var bytes = await Assert.ThrowsAsync<EventTooLargeException>(
            () => coordinator.PutMany(EventBatch.Of([.. Enumerable.Repeat(large, 9)])));
        Assert.Equal((8 << 20, 9 << 20), (bytes.Limit, bytes.Size));
    }

    [Fact]
    public async Task Options_that_cannot_be_are_refused_before_anything_is_written()
    {
        var coordinator = Cluster.CoordinatorOn("north-a");
        var payload = EventPayload.FromText("{}");

        await Assert.ThrowsAsync<InvalidEventException>(() => coordinator.Put(payload, new PutOptions { Level = (CommitLevel)9 }));
        await Assert.ThrowsAsync<InvalidEventException>(() => coordinator.Put(payload, new PutOptions { MinZones = 4 }));
        await Assert.ThrowsAsync<InvalidEventException>(() => coordinator.Put(payload, new PutOptions { MinRegions = 0 }));
        await Assert.ThrowsAsync<InvalidEventException>(() => coordinator.Put(payload, new PutOptions { Deadline = TimeSpan.Zero }));
    }

    [Theory]
    [InlineData("north-a")]
    [InlineData("east-f")]
    public async Task At_level_local_the_coordinators_own_peer_has_the_event_when_the_answer_comes(string here)
    {
        for (var i = 0; i < 20; i++)
        {
            var receipt = await Cluster.CoordinatorOn(here).Put(EventPayload.FromText("{}"), new PutOptions { Level = CommitLevel.Local });

            Assert.Equal(CommitLevel.Local, receipt.Level);
            Assert.Contains(receipt.Replicas, r => r.Peer.Value == here);
        }
    }

    [Fact]
    public async Task The_counted_replicas_lie_in_as_many_zones_and_regions_as_asked_for()
    {
        var options = new PutOptions { Level = CommitLevel.One, MinZones = 3, MinRegions = 2 };

        var receipt = await Cluster.CoordinatorOn("north-a").Put(EventPayload.FromText("{}"), options);

        Assert.True(receipt.Replicas.Select(r => r.Location).Distinct().Count() >= 3);
        Assert.True(receipt.Replicas.Select(r => r.Location.Region).Distinct().Count() >= 2);
    }

    [Fact]
    public async Task A_reserved_key_can_be_put_again_through_another_silo_and_is_found()
    {
        var key = Assert.Single(await Cluster.CoordinatorOn("north-a").ReserveKeys(1));
        Assert.True(key.IsReserved);
        var payload = EventPayload.FromText("""{"once":true}""");

        var first = await Cluster.CoordinatorOn("north-b").Put(key, payload, All);
        var again = await Cluster.CoordinatorOn("north-b").Put(key, payload);

        Assert.Equal(PutOutcome.Stored, first.Outcome);
        Assert.Equal(PutOutcome.AlreadyStored, again.Outcome);
        Assert.True(again.Replicas.Length >= 2);
        Assert.Equal(payload, (await ReadAsync(key)).Payload);
    }

    [Fact]
    public async Task Other_bytes_under_a_taken_key_are_a_conflict_that_names_both_digests_and_the_first_stands()
    {
        var key = Assert.Single(await Cluster.CoordinatorOn("north-a").ReserveKeys(1));
        var first = EventPayload.FromText("first");
        await Cluster.CoordinatorOn("north-a").Put(key, first, All);

        var conflict = await Assert.ThrowsAsync<KeyConflictException>(
            () => Cluster.CoordinatorOn("north-b").Put(key, EventPayload.FromText("second")));

        Assert.Equal(EventDigest.Of(key, first.Bytes), conflict.Conflict.Held);
        Assert.Equal(EventDigest.Of(key, "second"u8), conflict.Conflict.Offered);
        Assert.Equal(first, (await ReadAsync(key)).Payload);
    }

    [Fact]
    public async Task A_keyed_batch_finds_what_is_held_stores_what_is_new_and_refuses_what_is_taken()
    {
        var coordinator = Cluster.CoordinatorOn("west-c");
        var keys = await coordinator.ReserveKeys(4);
        await coordinator.Put(keys[1], EventPayload.FromText("held"), All);
        await coordinator.Put(keys[2], EventPayload.FromText("taken"), All);

        var results = await coordinator.PutMany(EventBatch.OfKeyed(
        [
            KeyValuePair.Create(keys[3], EventPayload.FromText("new")),
            KeyValuePair.Create(keys[2], EventPayload.FromText("other")),
            KeyValuePair.Create(keys[1], EventPayload.FromText("held")),
            KeyValuePair.Create(keys[3], EventPayload.FromText("new")),
            KeyValuePair.Create(keys[3], EventPayload.FromText("same key, other bytes")),
            KeyValuePair.Create(keys[0], EventPayload.FromText("new too")),
        ]));

        Assert.Equal(PutOutcome.Stored, results[0].Receipt!.Outcome);
        Assert.IsType<KeyConflictException>(results[1].Error);
        Assert.Equal(PutOutcome.AlreadyStored, results[2].Receipt!.Outcome);
        Assert.Equal(keys[3], results[3].Receipt!.Key);
        Assert.IsType<KeyConflictException>(results[4].Error);
        Assert.Equal(PutOutcome.Stored, results[5].Receipt!.Outcome);
        Assert.Equal("new too", (await ReadAsync(keys[0])).Payload.ToString());
    }

    [Fact]
    public async Task A_key_outside_the_open_intervals_and_a_fresh_one_of_a_coordinators_own_range_are_refused()
    {
        var coordinator = Cluster.CoordinatorOn("north-a");
        var payload = EventPayload.FromText("{}");

        await Assert.ThrowsAsync<InvalidKeyException>(() => coordinator.Put(EventKey.Parse("20010101T000000000000150000"), payload));
        await Assert.ThrowsAsync<InvalidKeyException>(() => coordinator.Put(EventKey.Parse("21010101T000000000000150000"), payload));
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Assert.ThrowsAsync<InvalidKeyException>(() => coordinator.Put(EventKey.Create(now, 1, 7), payload));
        var imported = await coordinator.Put(EventKey.Create(now - 60_000, 1, 7), payload);
        Assert.Equal(PutOutcome.Stored, imported.Outcome);
    }

    [Fact]
    public async Task Reserving_no_keys_or_too_many_is_refused()
    {
        await Assert.ThrowsAsync<InvalidEventException>(() => Cluster.CoordinatorOn("north-a").ReserveKeys(0));
        await Assert.ThrowsAsync<InvalidEventException>(() => Cluster.CoordinatorOn("north-a").ReserveKeys(1_001));
    }

    [Fact]
    public async Task The_largest_event_is_stored_and_read_back_byte_by_byte()
    {
        var payload = new byte[1 << 20];
        new Random(1).NextBytes(payload);

        var receipt = await Cluster.CoordinatorOn("east-f").Put(EventPayload.FromBytes(payload), All);

        Assert.Equal(payload, (await ReadAsync(receipt.Key)).Payload.Bytes);
    }

    [Fact]
    public async Task A_key_that_nobody_holds_is_not_found_and_every_peer_has_answered()
    {
        var read = await Cluster.Client.GetEventReader().Get(EventKey.Parse("20010101T000000000000150000"));

        Assert.Empty(read.Events);
        Assert.Empty(read.Silent);
    }

    [Fact]
    public async Task Concurrent_puts_on_all_silos_get_distinct_keys_and_are_all_there()
    {
        var puts = AllDataCluster.Six.SelectMany(p => Enumerable.Range(0, 50).Select(async i =>
        {
            var payload = EventPayload.FromBytes(Encoding.UTF8.GetBytes($"{p.Id} {i}"));
            return ((await Cluster.CoordinatorOn(p.Id).Put(payload)).Key, Payload: payload);
        }));

        var stored = await Task.WhenAll(puts);

        Assert.Equal(300, stored.Select(s => s.Key).Distinct().Count());
        foreach (var (key, payload) in stored)
        {
            Assert.Equal(payload, (await ReadAsync(key)).Payload);
        }
    }

    private async Task<StoredEvent> ReadAsync(EventKey key)
    {
        var read = await Cluster.Client.GetEventReader().Get(key);
        Assert.Empty(read.Silent);
        return Assert.Single(read.Events);
    }

    public sealed class SixPeers : IAsyncLifetime
    {
        internal AllDataCluster Cluster { get; private set; } = null!;

        public async Task InitializeAsync() => Cluster = await AllDataCluster.StartAsync(AllDataCluster.Six);

        public async Task DisposeAsync() => await Cluster.DisposeAsync();
    }
}
