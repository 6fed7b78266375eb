using System.Runtime.CompilerServices;
using AllData.Errors;
using AllData.Reading;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Reading;

public sealed class ScanAheadTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ScanGate _gate;

    public ScanAheadTests() => _gate = new ScanGate(limit: 1, _time);

    [Fact]
    public async Task A_scan_that_has_ended_makes_room_for_the_next_one()
    {
        Assert.Equal(5, await Scan(Pages(5)).CountAsync());
        await EnterAsync();
    }

    [Fact]
    public async Task More_scans_than_may_run_are_refused()
    {
        _gate.Enter();
        await Assert.ThrowsAsync<TooManyScansException>(async () => await Scan(Pages(5)).CountAsync());
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_scan()
    {
        await using (var pages = Scan(Pages(int.MaxValue)).GetAsyncEnumerator())
        {
            Assert.True(await pages.MoveNextAsync());
        }

        await EnterAsync();
    }

    [Fact]
    public async Task A_reader_that_dies_without_a_word_does_not_keep_others_out()
    {
        await using var pages = Scan(Pages(int.MaxValue)).GetAsyncEnumerator();
        Assert.True(await pages.MoveNextAsync());
        await EnterAsync(() => _time.Advance(ReaderPace.Patience));
        await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            while (await pages.MoveNextAsync())
            {
            }
        });
    }

    [Fact]
    public async Task A_reader_that_does_not_read_gives_its_place_to_one_that_wants_it_and_is_told_where_to_go_on()
    {
        await using var slow = Scan(Pages(int.MaxValue)).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        await Eventually.IsAsync("a page waits for its reader", () => _gate.LongestWait, wait => wait is not null);
        Assert.Throws<TooManyScansException>(() => _gate.Enter());

        _time.Advance(ScanGate.CrowdedPatience + TimeSpan.FromTicks(1));
        Assert.Equal(5, await Scan(Pages(5)).CountAsync());

        var failure = await Assert.ThrowsAsync<TimeoutException>(async () =>
        {
            while (await slow.MoveNextAsync())
            {
            }
        });
        Assert.Contains("after the last key", failure.Message);
        Assert.Equal(0, _gate.Running);
    }

    [Fact]
    public async Task A_slow_reader_keeps_its_place_while_nobody_else_wants_it()
    {
        await using var slow = Scan(Pages(5)).GetAsyncEnumerator();
        Assert.True(await slow.MoveNextAsync());
        await Eventually.IsAsync("a page waits for its reader", () => _gate.LongestWait, wait => wait is not null);
        _time.Advance(ScanGate.CrowdedPatience * 2);

        var pages = 1;
        while (await slow.MoveNextAsync())
        {
            pages++;
        }

        Assert.Equal(5, pages);
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(90, false)]
    public async Task A_reader_may_fall_behind_the_slowest_rate_by_a_minute_and_is_then_cut_off(int percent, bool isCutOff)
    {
        // A page is a second at the slowest rate; this reader reads at so many percent of it.
        await using var pages = new ScanAhead(_gate, _time, minBytesPerSecond: 1_000).ReadAsync(Pages(400), static _ => 1_000).GetAsyncEnumerator();
        var reading = Task.Run(async () =>
        {
            while (await pages.MoveNextAsync())
            {
                await Eventually.IsAsync("a page waits, or the scan is over", () => _gate.LongestWait is not null || _gate.Running == 0, static holds => holds);
                _time.Advance(TimeSpan.FromSeconds(100.0 / percent));
            }
        });
        if (isCutOff)
        {
            Assert.Contains("ScanMinBytesPerSecond", (await Assert.ThrowsAsync<TimeoutException>(() => reading)).Message, StringComparison.Ordinal);
        }
        else
        {
            await reading;
        }
    }

    [Fact]
    public void Readers_that_fill_the_gate_leave_places_for_who_looks_after_the_cluster()
    {
        using var scan = _gate.Enter();
        for (var i = 0; i < ScanGate.OperatorPlaces; i++)
        {
            _gate.Enter(forOperator: true);
        }

        Assert.Throws<TooManyScansException>(() => _gate.Enter(forOperator: true));
        Assert.Throws<TooManyScansException>(() => _gate.Enter());
    }

    [Fact]
    public async Task What_the_scan_fails_of_is_told_to_its_reader_after_the_pages_before()
    {
        var pages = Scan(static stop => Failing(stop));
        var given = 0;
        var failure = await Assert.ThrowsAsync<RegistryUnavailableException>(async () =>
        {
            await foreach (var page in pages)
            {
                given++;
            }
        });
        Assert.Equal((1, "No peers."), (given, failure.Message));
        await EnterAsync();
    }

    private IAsyncEnumerable<ScanPage> Scan(Func<CancellationToken, IAsyncEnumerable<ScanPage>> scan) => new ScanAhead(_gate, _time).ReadAsync(scan);

    private Task EnterAsync(Action? before = null) => Eventually.Succeeds("room at the gate", TimeSpan.FromSeconds(30), () =>
    {
        before?.Invoke();
        _gate.Enter();
        return Task.CompletedTask;
    });

    private static Func<CancellationToken, IAsyncEnumerable<ScanPage>> Pages(int count) => stop => Pages(count, stop);

    private static async IAsyncEnumerable<ScanPage> Pages(int count, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            stop.ThrowIfCancellationRequested();
            yield return Page;
        }
    }

    private static async IAsyncEnumerable<ScanPage> Failing([EnumeratorCancellation] CancellationToken stop)
    {
        await foreach (var page in Pages(1, stop))
        {
            yield return page;
        }

        throw new RegistryUnavailableException("No peers.");
    }

    private static ScanPage Page { get; } = FakeScan.PageOf([(FakeScan.Key(1), "{}"u8.ToArray())], [], [], isLast: false);
}
