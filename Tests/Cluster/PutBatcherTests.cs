using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Concurrent puts share blocks, and lose nothing of what a put promises.</summary>
public sealed class PutBatcherTests : IAsyncLifetime
{
    private const long WaitingBytes = 256 << 10;

    private AllDataCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await AllDataCluster.StartAsync(AllDataCluster.Six[..3], static (_, options) =>
    {
        options.Limits.MaxPutManyBytes = (int)WaitingBytes;
        options.Limits.MaxEventBytes = 64 << 10;
        options.Limits.MaxWaitingBytes = WaitingBytes;
    });

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Concurrent_puts_share_blocks_and_each_is_stored_once_under_its_own_key()
    {
        var coordinator = _cluster.CoordinatorOn("north-a");
        var receipts = await Task.WhenAll(Enumerable.Range(0, 200).Select(n => coordinator.Put(Event(n), All)));

        Assert.Equal(200, receipts.Select(r => r.Key).Distinct().Count());
        await AssertHeldAsync(receipts.Select((r, n) => (r.Key, n)));
        var statistics = _cluster.Service<HostedPeer>("north-a").Store!.Statistics;
        Assert.Equal(200, statistics.Events);

        // How many puts share a block depends on how fast they come; the unit tests of batchers show that waiting puts leave together.
        Assert.True(statistics.Blocks < 200, $"200 concurrent puts went in {statistics.Blocks} blocks.");
    }

    [Fact]
    public async Task Puts_that_ask_for_different_levels_go_side_by_side()
    {
        var coordinator = _cluster.CoordinatorOn("north-b");
        var levels = new[] { CommitLevel.One, CommitLevel.Quorum, CommitLevel.All };
        var receipts = await Task.WhenAll(Enumerable.Range(0, 60).Select(
            n => coordinator.Put(Event(n), new PutOptions { Level = levels[n % 3], Deadline = TimeSpan.FromSeconds(9 + (n % 2)) })));

        Assert.All(receipts.Select((r, n) => (r, Level: levels[n % 3])), x => Assert.Equal(x.Level, x.r.Level));
        Assert.All(receipts.Where((_, n) => n % 3 == 2), r => Assert.Equal(3, r.Replicas.Length));
    }

    [Fact]
    public async Task Reserved_and_fresh_keys_share_blocks_in_ascending_order()
    {
        var coordinator = _cluster.CoordinatorOn("north-a");
        var keys = await coordinator.ReserveKeys(50);
        var puts = keys.Reverse().Select((key, n) => coordinator.Put(key, Event(n)))
            .Zip(Enumerable.Range(50, 50).Select(n => coordinator.Put(Event(n))), static (a, b) => new[] { a, b })
            .SelectMany(static pair => pair);
        var receipts = await Task.WhenAll(puts);

        Assert.All(receipts, r => Assert.Equal(PutOutcome.Stored, r.Outcome));
        Assert.Subset(receipts.Select(r => r.Key).ToHashSet(), keys.ToHashSet());
        await AssertHeldAsync(receipts.Select((r, i) => (r.Key, (i / 2) + (50 * (i % 2)))));
    }

    [Fact]
    public async Task A_reserved_key_that_comes_a_second_time_is_found_or_refused()
    {
        var coordinator = _cluster.CoordinatorOn("north-a");
        var keys = await coordinator.ReserveKeys(3);
        var batch = EventBatch.OfKeyed([.. keys.Select((key, n) => KeyValuePair.Create(key, Event(n)))]);
        Assert.All(await coordinator.PutMany(batch, All), r => Assert.Equal(PutOutcome.Stored, r.Receipt!.Outcome));

        Assert.All(await coordinator.PutMany(batch, All), r => Assert.Equal(PutOutcome.AlreadyStored, r.Receipt!.Outcome));
        var conflict = await Assert.ThrowsAsync<KeyConflictException>(() => coordinator.Put(keys[0], Event(7)));
        Assert.Equal(keys[0], conflict.Key);
    }

    [Fact]
    public async Task A_reserved_key_twice_in_one_batch_is_one_event_or_a_conflict()
    {
        var coordinator = _cluster.CoordinatorOn("north-a");
        var keys = await coordinator.ReserveKeys(2);
        var results = await coordinator.PutMany(
            EventBatch.OfKeyed([new(keys[0], Event(0)), new(keys[1], Event(1)), new(keys[0], Event(0)), new(keys[1], Event(2))]), All);

        Assert.All([results[0], results[1], results[2]], r => Assert.Equal(PutOutcome.Stored, r.Receipt!.Outcome));
        Assert.Equal(keys[1], Assert.IsType<KeyConflictException>(results[3].Error).Key);
        await AssertHeldAsync([(keys[0], 0), (keys[1], 1)]);
    }

    [Fact]
    public async Task A_reserved_key_that_was_put_through_another_silo_is_not_fresh_at_its_own()
    {
        var keys = await _cluster.CoordinatorOn("north-a").ReserveKeys(2);
        await _cluster.CoordinatorOn("north-b").Put(keys[0], Event(0), All);
        await _cluster.CoordinatorOn("north-b").Put(keys[1], Event(1), All);

        Assert.Equal(PutOutcome.AlreadyStored, (await _cluster.CoordinatorOn("north-a").Put(keys[0], Event(0))).Outcome);
        await Assert.ThrowsAsync<KeyConflictException>(() => _cluster.CoordinatorOn("north-a").Put(keys[1], Event(9)));
    }

    [Fact]
    public async Task A_batch_of_fresh_held_and_unacceptable_keys_answers_each_in_its_place()
    {
        var coordinator = _cluster.CoordinatorOn("north-b");
        var keys = await coordinator.ReserveKeys(4);
        await coordinator.Put(keys[1], Event(1), All);
        await coordinator.Put(keys[2], Event(2), All);
        var old = EventKey.Create(1_500_000_000_000, 1, EventKey.FirstReservedSequence);

        var results = await coordinator.PutMany(
            EventBatch.OfKeyed(
                [new(keys[0], Event(0)), new(keys[1], Event(1)), new(keys[2], Event(9)), new(keys[3], EventPayload.FromBytes([])), new(old, Event(3))]));

        Assert.Equal(PutOutcome.Stored, results[0].Receipt!.Outcome);
        Assert.Equal(PutOutcome.AlreadyStored, results[1].Receipt!.Outcome);
        Assert.Equal(keys[2], Assert.IsType<KeyConflictException>(results[2].Error).Key);
        Assert.Equal(keys[3], Assert.IsType<InvalidEventException>(results[3].Error).Key);
        Assert.Equal(old, Assert.IsType<InvalidKeyException>(results[4].Error).Key);
        Assert.Equal(keys[3], (await coordinator.Put(keys[3], Event(3))).Key);
    }

    [Fact]
    public async Task Beyond_the_bound_puts_are_refused_at_once_and_those_that_were_taken_are_stored()
    {
        var coordinator = _cluster.CoordinatorOn("north-a");
        var payload = EventPayload.FromBytes(new byte[60 << 10]);
        var results = await Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            try
            {
                return (await coordinator.Put(payload)).Key;
            }
            catch (OverloadedException e) when (e.RetryAfter > TimeSpan.Zero && e.Written == WrittenState.Nothing)
            {
                return default(EventKey?);
            }
        }));

        Assert.Contains(results, key => key is null);
        Assert.Contains(results, key => key is not null);
        foreach (var key in results.OfType<EventKey>())
        {
            Assert.Single((await _cluster.CoordinatorReadAsync("west-c", key)).Events);
        }

        // All room is given back: a put that needs the whole bound is taken.
        await Eventually.Succeeds(
            "the room that settled blocks have taken is free",
            TimeSpan.FromSeconds(30),
            () => coordinator.PutMany(EventBatch.Of([payload, payload, payload, payload])));
    }

    private static PutOptions All => new() { Level = CommitLevel.All };

    private static EventPayload Event(int n) => EventPayload.FromText($$"""{"n":{{n}}}""");

    private async Task AssertHeldAsync(IEnumerable<(EventKey Key, int N)> events)
    {
        foreach (var (key, n) in events)
        {
            var read = await _cluster.CoordinatorReadAsync("west-c", key);
            Assert.Equal(Event(n), Assert.Single(read.Events).Payload);
        }
    }
}
