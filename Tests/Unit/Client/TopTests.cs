using System.Collections.Immutable;
using System.Text.Json;
using AllData.Client.Commands;
using AllData.Client.Top;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Tests.Unit.Client;

public sealed class TopTests
{
    private static readonly DateTimeOffset Start = new(2025, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private readonly ClientRun _run = new();

    public TopTests() => _run.Store.Register("north-a", "west-c");

    [Fact]
    public void A_frame_has_what_puts_stored_and_repair_fetched_between_two_looks()
    {
        var before = Look(0, Report("north-a", events: 100, fetched: 10, bytes: 0), Report("west-c", events: 50, fetched: 0, bytes: 0));
        var now = Look(2, Report("north-a", events: 400, fetched: 10, bytes: 0), Report("west-c", events: 450, fetched: 100, bytes: 4_096, lacks: 7));

        var frame = TopFrame.Of(before, now);

        Assert.Equal([150.0, 150.0], frame.Peers.Select(static p => p.StoredPerSecond));
        Assert.Equal(100, frame.EventsPerSecond);
        Assert.Equal(2_048, frame.RepairBytesPerSecond);
        Assert.Equal((7L, TimeSpan.FromMinutes(5)), (frame.MissingBlocks, frame.Lag));
        Assert.True(frame.AllAnswered);
    }

    [Fact]
    public void A_peer_that_was_started_again_or_is_seen_for_the_first_time_has_no_made_up_rate()
    {
        var before = Look(0, Report("north-a", events: 100, fetched: 10, bytes: 5_000));
        var restarted = Report("north-a", events: 100, fetched: 0, bytes: 0);
        var now = Look(
            2,
            restarted with { Process = restarted.Process with { CpuTime = TimeSpan.FromMilliseconds(1) } },
            Report("west-c", events: 50, fetched: 0, bytes: 0));

        var peers = TopFrame.Of(before, now).Peers;

        Assert.All(peers, static peer => Assert.Equal((null, null), (peer.StoredPerSecond, peer.RepairBytesPerSecond)));
    }

    [Fact]
    public void The_screen_names_what_is_wrong_and_fits_the_terminal()
    {
        var condition = new SiloCondition("read-only", StopsPuts: false, "The disk is \e[31mfull.");
        var putOnly = View("old-1") with { Peer = View("old-1").Peer with { Stores = false, Client = "alldata-http" } };
        var look = Look(2, Report("north-a", 400, 0, 0, lacks: 7) with { Conditions = [condition] });
        var frame = TopFrame.Of(look, look with
        {
            Views = [.. look.Views, View("north-b", isAlive: false), View("east-e"), putOnly],
        });

        var lines = TopScreen.Lines(frame, 80);

        Assert.All(lines, static line => Assert.InRange(line.Length, 0, 80));
        Assert.StartsWith("2025-11-22 10:00:02 UTC   3 of 4 peers alive", lines[0]);
        Assert.Equal("Repair: 7 blocks missing, the oldest of 5 min ago, 0 B/s", lines[1]);
        Assert.Contains(lines, static line => line.Contains("north-b   dead (active)", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("east-e    silent (active)", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("old-1     active, put-only", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', string.Concat(lines));
        Assert.StartsWith("north-a: The disk is ", lines[^1]);
        Assert.False(frame.AllAnswered);
    }

    [Fact]
    public async Task Once_writes_one_frame_and_says_by_its_code_whether_all_answered()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("top", "--once"));
        Assert.Contains("2 of 2 peers alive", _run.Output);
        Assert.Single(_run.Time.Waits, TimeSpan.FromSeconds(1));

        _run.Store.OnReport = static peer => peer == FakeStore.Peer ? FakeStore.Report(peer) : throw new InvalidOperationException("It is busy.");
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("top", "--once", "--json"));
        var peers = JsonElement.Parse(_run.Output).GetProperty("peers");
        Assert.Equal(["north-a", "west-c"], peers.EnumerateArray().Select(static p => p.GetProperty("peer").GetString()));
        Assert.False(peers[1].TryGetProperty("events", out _));
    }

    [Fact]
    public async Task On_a_terminal_frames_are_drawn_over_one_another_until_q_and_the_screen_is_given_back()
    {
        var asked = 0;
        _run.Store.OnReport = peer =>
        {
            Interlocked.Increment(ref asked);
            return FakeStore.Report(peer);
        };
        _run.Columns = 100;

        // The third look begins when the first frame is on the screen.
        _run.Key = () => Volatile.Read(ref asked) > 4 ? 'q' : null;

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("top", "--every", "1"));

        Assert.StartsWith("\e[?1049h\e[?25l\e[H", _run.Output);
        Assert.EndsWith("\e[J\e[?25h\e[?1049l", _run.Output);
        Assert.Contains("q ends it.", _run.Output);
    }

    [Fact]
    public async Task Lines_of_JSON_go_on_until_it_is_interrupted()
    {
        using var end = new CancellationTokenSource();
        var frames = 0;
        _run.Store.OnReport = peer =>
        {
            if (++frames > 8)
            {
                end.Cancel();
            }

            return FakeStore.Report(peer);
        };
        _run.Cancellation = end.Token;

        Assert.Equal(ExitCodes.Interrupted, await _run.RunAsync("top", "--json", "--every", "1"));

        Assert.True(_run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length >= 2, _run.Output);
    }

    private static TopLook Look(int second, params PeerReport[] reports) => new(
        Start.AddSeconds(second), [.. reports.Select(static r => View(r.Peer.Value))], reports.ToDictionary(static r => r.Peer));

    private static PeerView View(string peer, bool isAlive = true) => new(
        new PeerDescriptor(PeerId.Parse(peer), new PeerLocation("north", "a"), PeerStatus.Active, true, 1, default, ""), isAlive);

    private static PeerReport Report(string peer, long events, long fetched, long bytes, long lacks = 0) => FakeStore.Report(PeerId.Parse(peer)) with
    {
        Events = events,
        Repair = new RepairReport
        {
            IsCaughtUp = lacks == 0,
            MissingBlocks = lacks,
            MissingEvents = lacks,
            OldestMissing = lacks == 0 ? null : Start.AddSeconds(2).AddMinutes(-5),
            DamagedBlocks = 0,
            FetchedBlocks = fetched,
            FetchedEvents = fetched,
            FetchedBytes = bytes,
            KnownBlocks = 0,
            MendedBlocks = 0,
            Peers = [],
        },
    };
}
