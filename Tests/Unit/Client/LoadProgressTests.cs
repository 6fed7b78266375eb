using AllData.Client.Put;
using AllData.Client.Terminals;
using Microsoft.Extensions.Time.Testing;
using Spectre.Console;

namespace AllData.Tests.Unit.Client;

public sealed class LoadProgressTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StringWriter _error = new();
    private readonly LoadTally _tally = new();

    [Fact]
    public async Task Where_nobody_watches_a_line_appears_now_and_then()
    {
        var work = new TaskCompletionSource();
        using var terminal = Terminal.Of(Stream.Null, Stream.Null, _error);
        var showing = new LoadProgress(terminal, _tally, () => 25, 100, _time).ShowAsync(() => work.Task);
        _tally.OnFailed();
        _time.Advance(WorkProgress.LinePeriod - TimeSpan.FromMilliseconds(1));
        Assert.Equal("", _error.ToString());
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(SpinWait.SpinUntil(() => _error.ToString().EndsWith('\n'), TimeSpan.FromSeconds(10)), "No line after its period.");
        Assert.Equal("0 acknowledged, 1 failed, 0 retried, 0 events/s, 25 % read", _error.ToString().Trim());
        work.SetResult();
        await showing.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_line_that_says_nothing_new_is_not_written_again()
    {
        var (work, state, asked) = (new TaskCompletionSource(), "counting", 0);
        using var terminal = Terminal.Of(Stream.Null, Stream.Null, _error);
        var showing = new WorkProgress(terminal, () => $"{Volatile.Read(ref state)}{(Interlocked.Increment(ref asked) > 0 ? "" : "?")}", null, _time)
            .ShowAsync(() => work.Task);
        for (var n = 1; n <= 3; n++)
        {
            Volatile.Write(ref state, n < 3 ? "counting" : "done");
            _time.Advance(WorkProgress.LinePeriod);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref asked) == n, TimeSpan.FromSeconds(10)), "It is not asked after a period.");
        }

        work.SetResult();
        await showing.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("counting\ndone\n", _error.ToString().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(null)]
    public async Task Where_a_person_watches_a_bar_or_a_spinner_tells_the_counts(int? total)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            Out = new AnsiConsoleOutput(_error),
        });
        console.Profile.Width = 200;
        using var terminal = Terminal.Of(Stream.Null, Stream.Null, console, isInteractive: true);
        var work = new TaskCompletionSource();
        var showing = new LoadProgress(terminal, _tally, () => 25, total, _time).ShowAsync(() => work.Task);
        work.SetResult();
        await showing.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Contains("0 acknowledged, 0 failed, 0 retried", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(total is not null, _error.ToString().Contains('%', StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_failure_of_the_work_is_passed_on()
    {
        using var terminal = Terminal.Of(Stream.Null, Stream.Null, _error);
        var progress = new LoadProgress(terminal, _tally, () => 0, null, _time);
        var showing = progress.ShowAsync(() => Task.FromException(new IOException("Disk full.")));
        Assert.Equal("Disk full.", (await Assert.ThrowsAsync<IOException>(() => showing)).Message);
    }
}
