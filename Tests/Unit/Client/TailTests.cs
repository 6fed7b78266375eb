using System.Text.Json;
using AllData.Client.Commands;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class TailTests
{
    private readonly ClientRun _run = new();
    private readonly List<FollowStart> _asked = [];
    private readonly List<FollowPage> _pages = [];

    public TailTests() => _run.Store.OnFollow = start =>
    {
        _asked.Add(start);
        return _pages.ToAsyncEnumerable();
    };

    [Fact]
    public async Task Tail_writes_each_event_as_a_line_and_says_where_to_go_on()
    {
        Give(FakeScan.Key(0));
        Give(FakeScan.Key(5), 1, 3);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("tail"));

        Assert.Equal([1, 3], Written());
        Assert.Equal($"2 events. To go on from here: --after {FakeScan.Key(5)}", _run.Error.Trim());
        Assert.Equal([FollowStart.Now], _asked);
    }

    [Fact]
    public async Task It_ends_after_as_many_events_as_are_wanted_and_goes_on_after_the_last_of_them()
    {
        Give(FakeScan.Key(5), 1, 2, 3, 4);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("tail", "--limit", "2", "--json"));

        Assert.Equal([1, 2], Written());
        Assert.Equal($$"""{"events":2,"position":"{{FakeScan.Key(2)}}"}""", _run.Error.Trim());
    }

    [Fact]
    public async Task A_late_event_is_marked_and_a_tail_goes_on_where_it_arrived()
    {
        Give(FakeScan.Key(9), 1, 3);
        _pages[^1] = _pages[^1] with { Events = _pages[^1].Events!.ArrivedAt(FakeScan.Key(7), FakeScan.Key(8)) };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("tail", "--limit", "1", "--json"));

        Assert.Equal([1], Written());
        Assert.Contains($"\"late\":true,\"position\":\"{FakeScan.Key(7)}\"", _run.Output, StringComparison.Ordinal);
        Assert.Equal($$"""{"events":1,"position":"{{FakeScan.Key(7)}}"}""", _run.Error.Trim());
    }

    [Fact]
    public async Task It_says_once_which_peer_it_waits_for_and_when_that_is_over()
    {
        var doubt = FakeScan.Doubt("west-c");
        _pages.Add(new FollowPage(null, FakeScan.Key(0), FakeScan.Key(0), [doubt]));
        _pages.Add(new FollowPage(null, FakeScan.Key(1), FakeScan.Key(1), [doubt with { From = FakeScan.Key(1) }]));
        Give(FakeScan.Key(5));
        await _run.RunAsync("tail");

        var lines = _run.Error.Trim().ReplaceLineEndings("\n").Split('\n');
        Assert.StartsWith("Waits, peer west-c: It did not answer.", lines[0], StringComparison.Ordinal);
        Assert.Equal(("It goes on.", 3), (lines[1], lines.Length));
    }

    [Fact]
    public async Task A_live_tail_writes_what_is_acknowledged_and_goes_on_after_what_is_safe()
    {
        _run.Store.OnFollow = static _ => throw new InvalidOperationException("It is live.");
        _run.Store.OnFollowLive = _ => _pages.ToAsyncEnumerable();
        Give(FakeScan.Key(2), 1);
        Give(FakeScan.Key(2), 7, 9);
        _pages[^1] = _pages[^1] with { IsLive = true };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("tail", "--live"));

        Assert.Equal([1, 7, 9], Written());
        Assert.Equal($"3 events. To go on from here: --after {FakeScan.Key(2)}", _run.Error.Trim());
    }

    [Theory]
    [InlineData("20251122T000001", "2025-11-22T00:00:01Z")]
    [InlineData("2025-11-22T00:00:01Z", "2025-11-22T00:00:01Z")]
    public async Task It_begins_at_a_time(string since, string time)
    {
        await _run.RunAsync("tail", "--since", since);
        Assert.Equal([FollowStart.From(EventKey.FirstAt(DateTimeOffset.Parse(time)))], _asked);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("30m", 1_800)]
    [InlineData("1.5h", 5_400)]
    [InlineData("2d", 172_800)]
    public async Task It_begins_some_time_ago(string ago, int seconds)
    {
        var before = _run.Time.GetUtcNow();
        await _run.RunAsync("tail", "--since", ago);
        var begin = Assert.Single(_asked).Position!.Value.GetSuccessor().Timestamp;

        Assert.InRange((begin - before).TotalSeconds, -seconds - 1, -seconds + 60);
    }

    [Fact]
    public async Task The_beginning_of_time_is_no_longer_ago_than_the_first_key()
    {
        await _run.RunAsync("tail", "--since", "300000d");
        Assert.Equal([FollowStart.Beginning], _asked);
    }

    [Fact]
    public async Task It_begins_after_a_key()
    {
        await _run.RunAsync("tail", "--after", FakeScan.Key(7).ToString());
        Assert.Equal([FollowStart.After(FakeScan.Key(7))], _asked);
    }

    [Fact]
    public async Task It_begins_with_the_newest_events_however_long_ago_they_were_put_and_gives_none_twice()
    {
        var scan = new FakeScan().AddMany(5, step: 3_600_000).AddMany(3, from: 18_000_000);
        _run.Store.OnScan = scan.Read;
        Give(FakeScan.Key(18_000_001));
        _pages.Add(new FollowPage(FakeScan.PageOf([(FakeScan.Key(18_000_002), "{\"x\":2}"u8.ToArray())], [], [], isLast: false), FakeScan.Key(18_000_009),
            FakeScan.Key(18_000_009), []));
        await _run.RunAsync("tail", "--last", "4");

        Assert.Equal([10_800_000, 14_400_000, 18_000_000, 18_000_001, 18_000_002], Written());
    }

    [Fact]
    public async Task It_finds_fewer_where_there_are_no_more()
    {
        _run.Store.OnScan = new FakeScan().AddMany(2).Read;
        Give(FakeScan.Key(9));
        await _run.RunAsync("tail", "--last", "4");
        Assert.Equal([0, 1], Written());
    }

    [Fact]
    public async Task A_filter_takes_events_with_a_value_and_counts_for_the_last_ones_too()
    {
        _run.Store.OnScan = new FakeScan().AddMany(20).Read;
        _pages.Add(new FollowPage(null, FakeScan.Key(19), FakeScan.Key(19), []));
        _pages.Add(new FollowPage(
            FakeScan.PageOf([.. new[] { "{\"user\":\"u3\",\"x\":3}", "{\"user\":\"u3\"}", "no json", "{\"x\":3}" }.Select(
                static (text, i) => (FakeScan.Key(20 + i), System.Text.Encoding.UTF8.GetBytes(text)))], [], [], isLast: false),
            FakeScan.Key(30), FakeScan.Key(30), []));
        await _run.RunAsync("tail", "--last", "2", "--filter", "user=u3");
        Assert.Equal([10, 17, 20, 21], Written());

        await _run.RunAsync("tail", "--filter", "user=u3", "--filter", "x=3");
        Assert.Equal([20], Written());
    }

    [Theory]
    [InlineData("--since", "yesterday")]
    [InlineData("--since", "-1h")]
    [InlineData("--since", "h")]
    [InlineData("--filter", "user")]
    [InlineData("--last", "0")]
    [InlineData("--last", "5", "--since", "1h")]
    [InlineData("--live", "--consumer", "billing")]
    public async Task What_makes_no_sense_is_refused(params string[] options)
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync(["tail", .. options]));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task Ctrl_C_ends_it_and_it_says_where_to_go_on()
    {
        using var stop = new CancellationTokenSource();
        Give(FakeScan.Key(5), 1);
        _run.Store.OnFollow = _ => UntilStopped(stop);
        _run.Cancellation = stop.Token;

        Assert.Equal(ExitCodes.Interrupted, await _run.RunAsync("tail"));
        Assert.Equal([1], Written());
        Assert.Contains($"--after {FakeScan.Key(5)}", _run.Error, StringComparison.Ordinal);
    }

    private async IAsyncEnumerable<FollowPage> UntilStopped(CancellationTokenSource stop)
    {
        foreach (var page in _pages)
        {
            yield return page;
        }

        await stop.CancelAsync();
        stop.Token.ThrowIfCancellationRequested();
    }

    private void Give(EventKey position, params int[] offsets) => _pages.Add(new FollowPage(
        offsets.Length == 0 ? null : FakeScan.PageOf([.. offsets.Select(static n => (FakeScan.Key(n), "{}"u8.ToArray()))], [], [], isLast: false),
        position, position, []));

    private int[] Written() =>
    [
        .. _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => (int)(EventKey.Parse(JsonElement.Parse(line).GetProperty("key").GetString()!).UnixMilliseconds - FakeScan.Day)),
    ];
}
