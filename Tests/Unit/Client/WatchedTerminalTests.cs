using System.Text;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using AllData.Tests.Support;
using Spectre.Console;

namespace AllData.Tests.Unit.Client;

/// <summary>What a person sees at a terminal.</summary>
public sealed class WatchedTerminalTests
{
    private const string Nasty = "\u001b]0;owned\u0007\u009b31m\u202e";

    private readonly ClientRun _run = new() { Columns = 80 };

    public WatchedTerminalTests()
    {
        _run.Store.Peers =
        [
            .. new[] { "northern-europe-1a", "northern-europe-1b", "western-europe-2c" }.Select(static name => new PeerView(
                new PeerDescriptor(
                    PeerId.Parse(name), new PeerLocation("northern-europe-1", "zone-north-a"), PeerStatus.Draining, true, 1, default,
                    "http://some-long-machine-name.example.org:8081"),
                true)),
        ];
        _run.Store.OnReport = static peer => FakeStore.Report(peer) with { Blocks = 12_345_678, Events = 123_456_789_012, TrueDeaths = 12 };
        _run.Store.OnAudit = static _ => new[] { new AuditPage(new(0), new(10), new(10), [Count], [], true) }.ToAsync();
        _run.Store.OnIntervals = static _ => [IntervalsAndScrubTests.Stored(Day, IntervalState.Closed, 123_456_789_012)];
    }

    private static Interval Day { get; } = Interval.Containing(FakeScan.Day, TimeSpan.FromDays(1));

    private static CopyCount Count { get; } = new(Day, Adherence.UnderReplicated, 12, 15, 123_456_789, 123_456_789_012, new(29_000_000));

    [Theory]
    [InlineData("peers")]
    [InlineData("status")]
    [InlineData("audit")]
    [InlineData("intervals")]
    public async Task No_line_of_a_table_is_wider_than_the_terminal(string command)
    {
        await _run.RunAsync(command);
        Assert.All(TableLines(), static line => Assert.True(line.GetCellWidth() <= 80, $"{line.GetCellWidth()} columns: {line}"));
        Assert.Contains(TableLines(), static line => line.Contains("northern-europe-1a", StringComparison.Ordinal)
            || line.Contains("20251122T000000", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("peers")]
    [InlineData("status")]
    [InlineData("intervals")]
    public async Task Without_a_terminal_all_columns_are_there(string command)
    {
        await _run.RunAsync(command);
        Assert.Contains("Not shown in 80 columns: ", _run.Error, StringComparison.Ordinal);
        var narrow = Headings();
        _run.Columns = null;
        await _run.RunAsync(command);
        Assert.DoesNotContain("Not shown", _run.Error, StringComparison.Ordinal);
        Assert.True(Headings() > narrow, "No column came back.");
    }

    [Fact]
    public void A_measured_run_fits_as_well()
    {
        using var output = new MemoryStream();
        using var terminal = Terminal.Watched(Stream.Null, output, TextWriter.Null, 80);
        var run = new BenchJson(
            "http ndjson", 4_096, 1_000, 1_000_000, 1_024, 60, 123_456_789, 1_234_567.8, 12.34, 123.45, 1_234.56, 12_345.67, 23_456.78, 12.3, 45.6, 1_234,
                0, 0, 0,
            true, 0, 0, 0, 0, new Dictionary<string, long>());
        BenchOutput.Write(terminal, [run], json: false);
        Assert.All(Encoding.UTF8.GetString(output.ToArray()).Split('\n'), static line => Assert.True(line.GetCellWidth() <= 80, line));
    }

    [Fact]
    public async Task A_row_that_no_table_can_hold_is_written_below_itself()
    {
        _run.Columns = 30;
        await _run.RunAsync("audit");
        Assert.All(TableLines().Where(static l => l.StartsWith("  ", StringComparison.Ordinal)), static line => Assert.True(line.GetCellWidth() <= 30, line));
        Assert.Contains("  adherence  under-replicated", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Control_characters_of_a_payload_do_not_reach_a_terminal_and_do_reach_a_pipe()
    {
        var key = FakeScan.Key(0);
        _run.Store.Events[key] = EventPayload.FromText($"\"{Nasty}\"");
        await _run.RunAsync("get", key.ToString());
        AssertHarmless();
        Assert.Contains("\\u001b]0;owned\\u0007\\u009b31m\\u202e", _run.Output, StringComparison.Ordinal);
        await _run.RunAsync("get", key.ToString(), "--raw");
        Assert.Equal($"\"{Nasty}\"\n", _run.Output);
        _run.Columns = null;
        await _run.RunAsync("get", key.ToString());
        Assert.Equal($"\"{Nasty}\"\n", _run.Output);
    }

    [Fact]
    public async Task Control_characters_of_a_scanned_event_do_not_reach_a_terminal_and_the_line_means_the_same()
    {
        const string C1 = "\u009b31m\u202e";
        _run.Store.OnScan = range => new FakeScan().Add(FakeScan.Key(0), $"\"{C1}\"").Read(range);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan"));
        AssertHarmless();
        Assert.Equal(C1, System.Text.Json.JsonElement.Parse(_run.Output).GetProperty("event").GetString());
        _run.Columns = null;
        await _run.RunAsync("scan");
        Assert.Contains(C1, _run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("peers")]
    [InlineData("status")]
    [InlineData("intervals")]
    public async Task Control_characters_of_what_peers_say_do_not_reach_a_terminal(string command)
    {
        _run.Store.Peers = [.. _run.Store.Peers.Select(static p => p with { Peer = p.Peer with { Endpoint = Nasty } })];
        _run.Store.OnReport = static _ => throw new TimeoutException(Nasty + "\n  forged row");
        _run.Store.OnIntervals = static _ => throw new TimeoutException(Nasty + "\n  forged row");
        _run.Columns = 300;
        await _run.RunAsync(command);
        AssertHarmless();
        Assert.DoesNotContain("\n  forged row", _run.Error + _run.Output, StringComparison.Ordinal);
    }

    private void AssertHarmless() => Assert.DoesNotContain(
        _run.Output + _run.Error, static c => (char.IsControl(c) && c is not ('\n' or '\r' or '\t')) || c is '\u202e');

    private string[] TableLines() => _run.Output.Split('\n').TakeWhile(static l => !l.Contains("too few copies", StringComparison.Ordinal)).ToArray();

    private int Headings() => _run.Output.Split('\n').First(static l => l.Trim().Length > 0).Split("  ", StringSplitOptions.RemoveEmptyEntries).Length;
}
