using AllData.Client.Bench;
using AllData.Errors;
using AllData.Events;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class MeasuringTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly EagerTime _time = new();
    private readonly RunRecord _record = new(new NumberedEvents(200, new Random(1)));

    [Fact]
    public void Percentiles_are_by_nearest_rank_to_a_thousandth_and_the_longest_is_exact()
    {
        var latencies = new Latencies();
        foreach (var n in Enumerable.Range(1, 10_000).Reverse())
        {
            latencies.Add(TimeSpan.FromMicroseconds(n));
        }

        var summary = latencies.Summarize();
        Assert.Equal((10_000L, 10_000.0), (summary.Count, summary.Longest.TotalMicroseconds));
        Assert.InRange(summary.P50.TotalMicroseconds, 5_000, 5_010);
        Assert.InRange(summary.P90.TotalMicroseconds, 9_000, 9_018);
        Assert.InRange(summary.P99.TotalMicroseconds, 9_900, 9_920);
        Assert.InRange(summary.P999.TotalMicroseconds, 9_990, 10_000);
    }

    [Fact]
    public void A_call_counts_once_for_each_event_that_it_has_stored()
    {
        var latencies = new Latencies();
        latencies.Add(TimeSpan.FromMilliseconds(1), 64);
        latencies.Add(TimeSpan.FromHours(3));
        var summary = latencies.Summarize();
        Assert.Equal((65L, 1.0, TimeSpan.FromHours(3)), (summary.Count, Math.Round(summary.P50.TotalMilliseconds), summary.Longest));
    }

    [Fact]
    public void No_latencies_are_all_zero() =>
        Assert.Equal(new LatencySummary(0, default, default, default, default, default), new Latencies().Summarize());

    [Theory]
    [InlineData(NumberedEvents.MinBytes)]
    [InlineData(200)]
    [InlineData(100_000)]
    public void Events_have_their_size_are_json_and_say_which_they_are(int size)
    {
        var (events, others) = (new NumberedEvents(size, new Random(1)), new NumberedEvents(size, new Random(2)));
        var payload = events.Create(123_456_789_012);
        Assert.Equal(size, payload.Length);
        Assert.Null(JsonCheck.FindFault(payload.Bytes));
        Assert.True(events.TryRead(payload.Bytes, out var number));
        Assert.Equal(123_456_789_012, number);
        Assert.False(others.TryRead(payload.Bytes, out _));
    }

    [Fact]
    public void A_set_of_numbers_knows_what_another_one_has_not()
    {
        var (all, some) = (new EventBits(), new EventBits());
        long[] numbers = [0, 1, 63, 64, 1_048_575, 1_048_576, 50_000_000];
        Assert.All(numbers, n => Assert.True(all.Add(n)));
        Assert.False(all.Add(64));
        some.Add(1);
        some.Add(1_048_576);
        Assert.Equal([0, 63, 64, 1_048_575, 50_000_000], all.Except(some));
        Assert.Empty(some.Except(all));
        Assert.Throws<ArgumentOutOfRangeException>(() => all.Add(EventBits.Capacity));
    }

    [Fact]
    public async Task At_a_given_rate_an_event_that_was_sent_late_is_late_by_the_schedule()
    {
        // The first call holds the only sender for half of the time; by its own clock each of the others is quick. A second sender would move the clock, too.
        var load = new FakeLoad(number => Stall(number == 0 ? 100 : 0));
        await new OpenLoop(load, _record, _time) { Senders = 1 }.RunAsync(1_000, 1_000, TimeSpan.FromMilliseconds(200), CancellationToken.None);
        var latencies = _record.Latencies.Summarize();
        Assert.Equal(200, latencies.Count + _record.NotSent);
        Assert.True(latencies.P50 > TimeSpan.FromMilliseconds(40), $"p50 is {latencies.P50}.");
    }

    [Fact]
    public async Task At_a_given_rate_what_is_too_much_is_not_sent_and_counted()
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var load = new FakeLoad(_ => answer.Task);
        var running = new OpenLoop(load, _record, _time).RunAsync(1_000, 5, TimeSpan.FromMilliseconds(100), CancellationToken.None);
        await Eventually.IsAsync("all but five are skipped", () => _record.NotSent, static skipped => skipped == 95, Bound);
        Assert.False(running.IsCompleted);
        answer.SetResult(1);
        await running.WaitAsync(Bound);
        Assert.Equal((5, 5L), (load.Calls, _record.Latencies.Summarize().Count));
    }

    [Fact]
    public async Task In_a_closed_loop_a_failure_is_counted_and_followed_by_a_pause()
    {
        var load = new FakeLoad(number => number == 3 ? throw new OverloadedException("Busy.", TimeSpan.FromMilliseconds(7)) : Task.FromResult(1));
        await new ClosedLoop([load], _record, _time).RunAsync(2, TimeSpan.FromMilliseconds(50), CancellationToken.None);
        Assert.Equal((1L, load.Calls - 1L), (_record.Overloaded, _record.Latencies.Summarize().Count));
        Assert.Equal([TimeSpan.FromMilliseconds(7)], _time.Waits);
    }

    private Task<int> Stall(int milliseconds)
    {
        for (var i = 0; i < milliseconds; i++)
        {
            _time.GetTimestamp();
        }

        return Task.FromResult(1);
    }

    private sealed class FakeLoad(Func<long, Task<int>> answer) : ILoad
    {
        private int _calls;

        public int Batch => 1;

        public int Calls => _calls;

        public ValueTask<int> PutAsync(long first, RunRecord record)
        {
            Interlocked.Increment(ref _calls);
            return new ValueTask<int>(answer(first));
        }
    }
}
