using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;
using AllData.Storage.Replica;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

/// <summary>In which order a store asks its engine: closing, verifying, noting damage, the end. Over an engine that only tells what it is asked.</summary>
public sealed class ReplicaStoreOrderTests
{
    private static readonly Interval Noon = Interval.Containing(TestBlocks.Noon, TimeSpan.FromHours(1));

    private readonly ScriptedEngine _engine = new();

    [Fact]
    public async Task What_a_reader_cannot_note_the_writer_has_noted_before_the_caller_hears_of_it()
    {
        _engine.OnRead["Read"] = static () => throw new DamagedIntervalException(Noon, "a page is gone", new IOException("gone"));
        await using var store = Open();
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.ReadAsync(TestBlocks.Key(0), CancellationToken.None).Soon());
        Assert.Equal(["Read", "NoteDamage a page is gone"], _engine.Asked);
    }

    [Fact]
    public async Task Damage_that_a_scrub_finds_is_noted_before_its_page_is_given()
    {
        _engine.OnRead["Scrub"] = static () => new ScrubStep(new ScrubPage(Noon, 1, 1, 1, ["wrong"], null), "wrong");
        await using var store = Open();
        Assert.Equal("wrong", Assert.Single((await store.ScrubAsync(ScrubPosition.Start, 1, CancellationToken.None).Soon()).Damage));
        Assert.Equal(["Scrub", "NoteDamage wrong"], _engine.Asked);
    }

    [Fact]
    public async Task An_interval_is_promised_closed_then_counted_then_finished_and_then_described()
    {
        _engine.Standing = new IntervalStanding(IntervalState.Closed, IsSelfContained: false, NeedsSalvage: false, 7, null);
        _engine.OnWrite["TryFinishClosing"] = () =>
        {
            _engine.Standing = _engine.Standing!.Value with { IsSelfContained = true };
            return true;
        };
        await using var store = Open();
        await store.CloseIntervalAsync(Noon, CancellationToken.None).Soon();
        Assert.Equal(["TryPromiseClosed", "Count", "TryFinishClosing 7", "Describe"], _engine.Asked);
    }

    [Fact]
    public async Task An_interval_that_repair_changes_whenever_it_is_counted_is_counted_three_times_and_left_to_the_next_call()
    {
        _engine.Standing = new IntervalStanding(IntervalState.Closed, IsSelfContained: false, NeedsSalvage: false, 7, null);
        _engine.OnWrite["TryFinishClosing"] = static () => false;
        await using var store = Open();
        await store.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon();
        Assert.Equal(3, _engine.Asked.Count(static asked => asked == "Count"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_loss_is_made_good_by_a_check_only_if_no_bucket_was_wrong(bool isWrong)
    {
        var checks = 0;
        _engine.Standing = new IntervalStanding(IntervalState.Open, IsSelfContained: false, NeedsSalvage: false, 0, "lost");
        _engine.OnRead["Check"] = () =>
        {
            var tally = new ScrubTally();
            if (isWrong && checks++ == 0)
            {
                tally.OnWrongBucket(new(5), "wrong");
            }

            return tally;
        };
        await using var store = Open();
        await store.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon();
        Assert.Equal(isWrong ? ["Check", "Recount", "Check", "Conclude False"] : ["Check", "Conclude True"], _engine.Asked);
    }

    [Fact]
    public async Task What_cannot_be_put_right_is_looked_at_twice_and_not_for_ever()
    {
        _engine.Standing = new IntervalStanding(IntervalState.Open, IsSelfContained: false, NeedsSalvage: false, 0, "lost");
        _engine.OnRead["Check"] = static () =>
        {
            var tally = new ScrubTally();
            tally.OnWrongBucket(new(5), "wrong");
            return tally;
        };
        await using var store = Open();
        await store.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon();
        Assert.Equal(["Check", "Recount", "Check", "Conclude False"], _engine.Asked);
    }

    [Fact]
    public async Task What_is_salvaged_by_the_check_itself_is_a_loss_that_it_does_not_make_good()
    {
        _engine.Standing = new IntervalStanding(IntervalState.Open, IsSelfContained: false, NeedsSalvage: true, 0, "lost");
        await using var store = Open();
        await store.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None).Soon();
        Assert.Equal(["TrySalvage", "Check", "Conclude False"], _engine.Asked);
    }

    [Fact]
    public async Task Whole_intervals_are_checked_one_at_a_time()
    {
        var (running, most) = (0, 0);
        _engine.Standing = new IntervalStanding(IntervalState.Open, IsSelfContained: false, NeedsSalvage: false, 0, "lost");
        _engine.OnRead["Check"] = () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            Thread.Yield();
            Interlocked.Decrement(ref running);
            return new ScrubTally();
        };
        await using var store = Open();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => store.VerifyIntervalAsync(Noon, isComplete: true, CancellationToken.None))).Soon();
        Assert.Equal(1, most);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_writer_that_cannot_do_it_now_leaves_the_store_as_it_is_and_one_that_fails_makes_it_read_only(bool fails)
    {
        _engine.OnWrite["TryPromiseClosed"] = () => throw (fails ? new IOException("broken") : new ReplicaStoreException("not now"));
        await using var store = Open();
        await Assert.ThrowsAsync<ReplicaStoreException>(() => store.CloseIntervalAsync(Noon, CancellationToken.None).Soon());
        Assert.Equal(fails, store.IsReadOnly);
        Assert.Equal(fails, _engine.Asked.Contains("StopWriting"));
    }

    [Fact]
    public async Task At_the_end_nothing_is_waited_for_and_the_writer_goes_last()
    {
        await Open().DisposeAsync();
        Assert.Equal(["Hurry", "Dispose reader", "Dispose reader", "Dispose writer"], _engine.Asked);
    }

    private ReplicaStore Open() => ReplicaStore.Open(EngineStores.SettingOf(), _ => _engine);

    /// <summary>Notes what it is asked, and gives the scripted answers; otherwise that all is well.</summary>
    private sealed class ScriptedEngine : IStorageEngine
    {
        private readonly ConcurrentQueue<string> _asked = new();

        public IEnumerable<string> Asked => _asked;

        public IntervalStanding? Standing { get; set; }

        public Dictionary<string, Func<object?>> OnRead { get; } = [];

        public Dictionary<string, Func<object?>> OnWrite { get; } = [];

        public string Description => "";

        public ImmutableArray<Interval> Intervals => [];

        public int DamagedIntervals => 0;

        public IStorageWriter Writer => GrainStub.Of<IStorageWriter>((method, arguments) => Write(method.Name, arguments));

        public IntervalStanding? Find(Interval interval) => Standing;

        public StorageFigures Measure() => default;

        public IStorageReader OpenReader() => GrainStub.Of<IStorageReader>((method, _) => Read(method.Name));

        public void Hurry() => _asked.Enqueue("Hurry");

        private object? Write(string name, object?[] arguments)
        {
            if (name == "AfterAnswers")
            {
                return null;
            }

            _asked.Enqueue(name switch
            {
                "Dispose" => "Dispose writer",
                "NoteDamage" => $"NoteDamage {arguments[1]}",
                "TryFinishClosing" => $"TryFinishClosing {arguments[2]}",
                "Conclude" => $"Conclude {arguments[3]}",
                _ => name,
            });
            return OnWrite.TryGetValue(name, out var answer) ? answer() : name is "Conclude" ? null : true;
        }

        private object? Read(string name)
        {
            _asked.Enqueue(name == "Dispose" ? "Dispose reader" : name);
            return OnRead.TryGetValue(name, out var answer) ? answer() : name switch
            {
                "Check" => new ScrubTally(),
                "Count" => default(IntervalCount),
                "Describe" => new StoredInterval(Noon, IntervalState.Closed, 1, 1, 1, default, "here", null),
                _ => null,
            };
        }
    }
}
