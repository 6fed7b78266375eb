using System.Text.Json;
using AllData.Client.Commands;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class BenchTests
{
    private static readonly string[] Brief = ["--seconds", "0.1", "--warm-up", "0", "--via", "grain", "--json"];

    private readonly ClientRun _run = new();
    private int _keys;

    public BenchTests()
    {
        _run.Store.Register("north-a");
        _run.Store.OnScan = range => Scan().Read(range);
    }

    [Fact]
    public async Task Put_measures_each_number_in_flight_and_counts_errors()
    {
        var puts = 0;
        _run.Store.OnPut = (key, payload) => Interlocked.Increment(ref puts) % 10 == 0
            ? throw new OverloadedException("Busy.", TimeSpan.Zero)
            : _run.Store.Store(key, payload);
        Assert.Equal(ExitCodes.Failed, await PutAsync("--in-flight", "1", "--in-flight", "4"));
        var runs = Runs();
        Assert.Equal([1, 4], runs.Select(run => run.GetProperty("in_flight").GetInt32()));
        Assert.All(runs, run => Assert.True(run.GetProperty("events_per_second").GetDouble() > 0));
        Assert.All(runs, run => Assert.True(run.GetProperty("errors").GetProperty(nameof(OverloadedException)).GetInt64() > 0));
        Assert.All(runs, run => Assert.True(run.GetProperty("verified").GetBoolean()));
    }

    [Fact]
    public async Task A_run_for_machines_has_these_fields()
    {
        Assert.Equal(ExitCodes.Done, await PutAsync("--in-flight", "2"));
        Assert.Equal(
            "via in_flight batch size_bytes seconds events events_per_second p50_ms p90_ms p99_ms p999_ms max_ms client_cpu_us_per_event "
            + "silos_cpu_us_per_event silo_memory_mib replacements overloaded not_sent verified lost doubles unacknowledged doubts errors",
            string.Join(' ', Runs().Single().EnumerateObject().Select(p => p.Name)));
    }

    [Fact]
    public async Task An_acknowledged_event_that_is_not_there_is_a_failure()
    {
        var puts = 0;
        _run.Store.OnPut = (key, payload) => Interlocked.Increment(ref puts) == 7 ? FakeStore.Receipt(key) : _run.Store.Store(key, payload);
        Assert.Equal(ExitCodes.Failed, await PutAsync("--in-flight", "1"));
        var run = Runs().Single();
        Assert.Equal((false, 1L), (run.GetProperty("verified").GetBoolean(), run.GetProperty("lost").GetInt64()));
        Assert.Contains("LOST: 1 acknowledged events were not found: numbers 6.", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_is_there_twice_and_one_that_nobody_was_told_of_are_counted()
    {
        var puts = 0;
        _run.Store.OnPut = (key, payload) =>
        {
            var receipt = _run.Store.Store(key, payload);
            return Interlocked.Increment(ref puts) switch
            {
                3 => _run.Store.Store(EventKey.Create(key.UnixMilliseconds + 1, key.Ordinal, key.Sequence), payload),
                5 => _run.Store.Store(receipt.Key, payload),
                6 => throw new TimeoutException("No answer."),
                _ => receipt,
            };
        };
        Assert.Equal(ExitCodes.Failed, await PutAsync("--in-flight", "1"));
        var run = Runs().Single();
        Assert.Equal(
            (0L, 1L, 1L),
            (run.GetProperty("lost").GetInt64(), run.GetProperty("doubles").GetInt64(), run.GetProperty("unacknowledged").GetInt64()));
    }

    [Fact]
    public async Task An_event_that_is_there_twice_is_a_failure_also_when_nothing_else_is()
    {
        var puts = 0;
        _run.Store.OnPut = (key, payload) =>
        {
            if (Interlocked.Increment(ref puts) == 3)
            {
                _run.Store.Store(EventKey.Create(key.UnixMilliseconds + 1, key.Ordinal, key.Sequence), payload);
            }

            return _run.Store.Store(key, payload);
        };
        Assert.Equal(ExitCodes.Failed, await PutAsync("--in-flight", "1"));
        Assert.Equal((true, 1L), (Runs().Single().GetProperty("verified").GetBoolean(), Runs().Single().GetProperty("doubles").GetInt64()));
    }

    [Fact]
    public async Task What_was_read_back_in_doubt_is_not_verified()
    {
        _run.Store.OnScan = range =>
        {
            var scan = Scan();
            scan.Doubts = [FakeScan.Doubt("west-d")];
            return scan.Read(range);
        };
        Assert.Equal(ExitCodes.Failed, await PutAsync("--in-flight", "1"));
        var run = Runs().Single();
        Assert.Equal(
            (false, 0L, 1L),
            (run.GetProperty("verified").GetBoolean(), run.GetProperty("lost").GetInt64(), run.GetProperty("doubts").GetInt64()));
    }

    [Fact]
    public async Task Batches_are_put_in_one_call_each()
    {
        _run.Store.OnPutMany = batch => Task.FromResult(
            PackedResults.Of(FakeStore.Read(batch).Select(e => new PutResult(_run.Store.Store(NextKey(), e.Payload), null))));
        Assert.Equal(ExitCodes.Done, await PutAsync("--in-flight", "2", "--batch", "5"));
        Assert.All(_run.Store.Batches, batch => Assert.Equal(5, batch.Count));
        Assert.Equal(5 * _run.Store.Batches.Count, Runs().Single().GetProperty("events").GetInt64());
    }

    [Fact]
    public async Task In_a_batch_each_event_has_its_own_outcome()
    {
        _run.Store.OnPutMany = batch => Task.FromResult(PackedResults.Of(FakeStore.Read(batch).Select((e, i) => i == 1
            ? new PutResult(null, new OverloadedException("Busy.", TimeSpan.Zero))
            : new PutResult(_run.Store.Store(NextKey(), e.Payload), null))));
        Assert.Equal(ExitCodes.Failed, await PutAsync("--in-flight", "1", "--batch", "5"));
        var run = Runs().Single();
        Assert.Equal(4 * _run.Store.Batches.Count, run.GetProperty("events").GetInt64());
        Assert.Equal((_run.Store.Batches.Count, true), (run.GetProperty("overloaded").GetInt32(), run.GetProperty("verified").GetBoolean()));
    }

    [Fact]
    public async Task At_a_given_rate_to_be_told_that_it_is_too_much_is_no_failure()
    {
        _run.Store.OnPut = static (_, _) => throw new OverloadedException("Busy.", TimeSpan.Zero);
        Assert.Equal(ExitCodes.Done, await PutAsync("--rate", "1000"));
        var run = Runs().Single();
        Assert.Equal((1_000.0, 4_096), (run.GetProperty("rate").GetDouble(), run.GetProperty("in_flight").GetInt32()));
        Assert.True(run.GetProperty("overloaded").GetInt64() > 0);
        Assert.False(run.TryGetProperty("verified", out _), "Nothing was acknowledged: nothing is proved.");
    }

    [Fact]
    public async Task Without_reading_back_nothing_is_said_about_it()
    {
        _run.Store.OnScan = static _ => throw new InvalidOperationException("Nothing is to be read.");
        Assert.Equal(ExitCodes.Done, await PutAsync("--in-flight", "1", "--no-verify"));
        Assert.False(Runs().Single().TryGetProperty("verified", out _));
    }

    [Fact]
    public async Task It_says_beforehand_what_it_runs_on()
    {
        _run.Store.Register("north-a", "north-b");
        _run.Store.OnReport = static peer =>
            FakeStore.Report(peer) with { Store = peer.Value == "north-b" ? "OtherStore 5" : "SomeStore 4, flushed before each answer" };
        await PutAsync("--in-flight", "1");
        Assert.Contains("SomeOS 1, 2 processors (SomeProcessor), 24.0 GiB memory", _run.Error, StringComparison.Ordinal);
        Assert.Contains("3 replicas, 1 of them in other zones, 1 in other regions; answered at QUORUM", _run.Error, StringComparison.Ordinal);
        Assert.Contains("SomeStore 4, flushed before each answer (north-a); OtherStore 5 (north-b)", _run.Error, StringComparison.Ordinal);
        Assert.Contains("north/a: north-a, north-b", _run.Error, StringComparison.Ordinal);
    }

    private Task<int> PutAsync(params string[] args) => _run.RunAsync(["bench", "put", .. args, .. Brief]);

    private JsonElement[] Runs() => [.. JsonElement.Parse(_run.Output).EnumerateArray()];

    private EventKey NextKey() => EventKey.Create(1_700_000_000_000, 2, Interlocked.Increment(ref _keys));

    private FakeScan Scan()
    {
        var scan = new FakeScan { PageEvents = 1_000 };
        foreach (var (key, payload) in _run.Store.Events)
        {
            scan.Add(key, payload.Bytes);
        }

        return scan;
    }
}
