using System.Collections.Immutable;
using System.Text.Json;
using AllData.Client.Commands;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using AllData.Reports;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class AuditAndStatusTests
{
    private static readonly Interval Day = Interval.Containing(FakeScan.Day, TimeSpan.FromDays(1));
    private static readonly UnixMinute Minute = Day.FirstMinute;

    private readonly ClientRun _run = new();

    public AuditAndStatusTests() => _run.Store.Register("north-a", "west-c");

    [Fact]
    public async Task An_audit_adds_up_the_windows_by_interval_adherence_and_copies()
    {
        Audit(
            Page(0, [Count(Adherence.Strict, 3, 100), Count(Adherence.UnderReplicated, 1, 2)]),
            Page(10, [Count(Adherence.Strict, 3, 50), Count(Adherence.Relaxed, 3, 7)], isLast: true));
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("audit"));
        var lines = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Contains(lines, static l => l.StartsWith("20251122T000000", StringComparison.Ordinal) && l.EndsWith("150      300", StringComparison.Ordinal));
        Assert.Equal(
            "2 blocks (4 events) have too few copies, 7 (14 events) have enough, but not where they are meant to be; the oldest is of 2025-11-22 00:00.",
            lines[^1]);
    }

    [Fact]
    public async Task Copies_at_put_only_peers_are_told_as_believed()
    {
        Audit(Page(0, [Count(Adherence.Strict, 2, 100) with { Unverifiable = 1 }, Count(Adherence.Strict, 2, 5) with { Unverifiable = 1 }], isLast: true));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("audit"));
        Assert.Contains("2 of 3, 1 unverifiable", _run.Output);
        Assert.Contains("105 blocks (210 events) have copies at put-only peers, which are believed, not seen.", _run.Output);
        await _run.RunAsync("audit", "--json");
        Assert.Equal(105, JsonElement.Parse(_run.Output).GetProperty("unverifiable").GetProperty("blocks").GetInt32());
    }

    [Fact]
    public async Task A_put_only_peer_is_asked_for_no_report_and_counts_by_being_alive()
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        var old = _run.Store.Peers[1];
        _run.Store.Peers = [_run.Store.Peers[0], old with { Peer = old.Peer with { Stores = false, Client = "alldata-http", Address = "http://10.0.0.9/" } }];
        _run.Store.OnReport = static peer => peer == FakeStore.Peer
            ? FakeStore.Report(peer) with { Repair = Repair(missing: 0) }
            : throw new InvalidOperationException("It is asked.");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("status"));
        Assert.Matches("west-c +active, put-only +unverifiable", _run.Output);

        _run.Store.Peers = [_run.Store.Peers[0], _run.Store.Peers[1] with { Alive = false }];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("status"));
        Assert.Contains("west-c (north/a) is dead: puts go to others.", _run.Error);
    }

    [Fact]
    public async Task An_audit_that_finds_nothing_wrong_says_up_to_where_it_has_counted()
    {
        Audit(Page(0, [Count(Adherence.Strict, 4, 100)], isLast: true));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("audit"));
        Assert.Contains("All 100 blocks (200 events) up to 2025-11-22 00:10 are kept as they are meant to be.", _run.Output);
    }

    [Fact]
    public async Task An_audit_goes_on_through_another_silo_from_the_window_that_is_missing()
    {
        var asked = new List<string?>();
        _run.Store.OnAudit = range =>
        {
            asked.Add(range.From?.ToString());
            return asked.Count == 1 ? Failing(Page(0, [Count(Adherence.Strict, 3, 1)])) : new[] { Page(10, [Count(Adherence.Strict, 3, 1)], true) }.ToAsync();
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("audit", "--json"));
        Assert.Equal([null, "20251122T001000000000000000"], asked);
        Assert.Equal(2, JsonElement.Parse(_run.Output).GetProperty("strict").GetProperty("blocks").GetInt32());
    }

    [Fact]
    public async Task A_peer_whose_copies_could_not_be_counted_leaves_a_doubt()
    {
        Audit(Page(0, [], isLast: true) with { NotAnswering = [PeerId.Parse("west-c")] });
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("audit"));
        Assert.Contains("No answer from west-c: its copies are not counted.", _run.Error);
    }

    [Fact]
    public async Task The_status_shows_the_peers_what_they_lack_and_how_the_blocks_are_kept()
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        _run.Store.OnReport = static peer => FakeStore.Report(peer) with
        {
            Blocks = 7,
            Events = 70,
            TrueDeaths = 2,
            FalseDeaths = 1,
            Repair = Repair(missing: 5)
        };
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("status"));
        Assert.Matches(@"west-c +active +7 +70 +5 +2025-11-22 00:00 +0 +0 B/s +12 +2 \(1 false\)", _run.Output);
        Assert.Contains("All 100 blocks", _run.Output);
        Assert.Contains("west-c (north/a) could not compare with north-a: It does not answer.", _run.Error);
    }

    [Fact]
    public async Task A_condition_of_a_silo_is_told_and_the_status_is_not_well()
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        _run.Store.OnReport = static peer => FakeStore.Report(peer) with
        {
            Repair = Repair(missing: 0),
            Conditions = peer == FakeStore.Peer ? [new SiloCondition("read-only", StopsPuts: false, "The disk is full.")] : default,
        };
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("status"));
        Assert.Contains("north-a: The disk is full.", _run.Error);
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("status", "--json"));
        var status = JsonElement.Parse(_run.Output[_run.Output.IndexOf('{')..]);
        Assert.False(status.GetProperty("well").GetBoolean());
        Assert.Equal("read-only", status.GetProperty("peers")[0].GetProperty("conditions")[0].GetProperty("code").GetString());
        Assert.Empty(status.GetProperty("peers")[1].GetProperty("conditions").EnumerateArray());
    }

    [Fact]
    public async Task The_links_to_other_clusters_are_told_as_the_silos_see_them()
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        var noon = new DateTimeOffset(2025, 11, 22, 12, 0, 0, TimeSpan.Zero);
        _run.Store.OnReport = peer => FakeStore.Report(peer) with
        {
            Repair = Repair(missing: 0),
            Links =
            [
                new LinkReport(1, "west", ["west", "west-2"], LinkState.CutOff, peer == FakeStore.Peer ? noon : noon.AddSeconds(1)),
                new LinkReport(2, "east", ["east"], peer == FakeStore.Peer ? LinkState.Up : LinkState.Doubtful, noon),
                new LinkReport(3, "south", ["south"], LinkState.CutOff, noon) { HasDropped = true },
            ],
        };
        await _run.RunAsync("status");
        Assert.Matches(@"west \(1\) +west, west-2 +cut off +2025-11-22 12:00:00 +north-a, west-c", _run.Output);
        Assert.Matches(@"east \(2\) +east +up +2025-11-22 12:00:00 +north-a\s", _run.Output);
        Assert.Matches(@"east \(2\) +east +doubtful +2025-11-22 12:00:00 +west-c\s", _run.Output);

        Assert.Matches(@"south \(3\) +south +has dropped this cluster +2025-11-22 12:00:00 +north-a, west-c", _run.Output);

        await _run.RunAsync("status", "--json");
        var links = JsonElement.Parse(_run.Output[_run.Output.IndexOf('{')..]).GetProperty("links");
        Assert.Equal(["cutOff", "up", "doubtful", "cutOff"], links.EnumerateArray().Select(static l => l.GetProperty("state").GetString()));
        Assert.Equal([false, false, false, true], links.EnumerateArray().Select(static l => l.GetProperty("hasDropped").GetBoolean()));
        Assert.Equal(noon, links[0].GetProperty("since").GetDateTimeOffset());
    }

    [Fact]
    public async Task A_status_with_nothing_wrong_ends_well_and_tells_machines_the_same()
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        _run.Store.OnReport = static peer => FakeStore.Report(peer) with { Repair = Repair(missing: 0) };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("status", "--json"));
        var status = JsonElement.Parse(_run.Output);
        Assert.True(status.GetProperty("well").GetBoolean());
        Assert.Equal(12, status.GetProperty("peers")[0].GetProperty("fetchedBlocks").GetInt32());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_status_says_up_to_when_another_cluster_holds_its_copies_if_every_peer_knows(bool doAllKnow)
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        var (early, late) = (Minute.Timestamp, (Minute + 3).Timestamp);
        _run.Store.OnReport = peer => FakeStore.Report(peer) with
        {
            Repair = Repair(missing: 0) with
            {
                Watermarks = [new ClusterWatermark("west", peer == _run.Store.Peers[0].Peer.Id ? early : doAllKnow ? late : null)],
            },
        };
        await _run.RunAsync("status", "--json");
        var watermark = JsonElement.Parse(_run.Output).GetProperty("watermarks")[0];
        Assert.Equal("west", watermark.GetProperty("cluster").GetString());
        Assert.Equal(doAllKnow ? early : null, watermark.TryGetProperty("heldUpTo", out var heldUpTo) ? heldUpTo.GetDateTimeOffset() : (DateTimeOffset?)null);
        await _run.RunAsync("status");
        Assert.Contains(doAllKnow ? $"Cluster west holds its copies of everything up to {early:yyyy-MM-dd HH:mm} UTC." : "Cluster west: it is not known yet",
            _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_rate_of_repair_is_what_was_fetched_between_two_looks()
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        var looks = 0;
        _run.Store.OnReport = peer =>
            FakeStore.Report(peer) with { Repair = Repair(missing: 0) with { FetchedBytes = 1000 * Interlocked.Increment(ref looks) } };
        await _run.RunAsync("status", "--json");
        Assert.True(JsonElement.Parse(_run.Output).GetProperty("peers")[0].GetProperty("repairBytesPerSecond").GetDouble() > 0);
    }

    [Fact]
    public async Task A_dead_peer_is_one_line_that_says_since_when_and_what_follows()
    {
        Audit(Page(0, [Count(Adherence.Strict, 2, 100)], isLast: true) with { NotAnswering = [PeerId.Parse("west-c")] });
        _run.Store.Peers =
        [
            _run.Store.Peers[0],
            _run.Store.Peers[1] with
            {
                Alive = false,
                AwaySince = new DateTimeOffset(2025, 11, 22, 12, 3, 4, TimeSpan.Zero),
                ReplacedIn = TimeSpan.FromSeconds(13 * 60 + 1),
            },
        ];
        const string Rejection = "Exception while sending message: Orleans.Runtime.ConnectionFailedException: No connection\n"
            + "   at Orleans.Runtime.Messaging.ConnectionManager.ConnectAsync()";
        _run.Store.OnReport = peer => FakeStore.Report(peer) with
        {
            Repair = Repair(missing: 0) with { Peers = [new ComparisonReport(PeerId.Parse("west-c"), false, 1, 0, Rejection)] },
        };
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("status"));
        Assert.Equal(
            "west-c (north/a) is dead since 2025-11-22 12:03 UTC: others take its place in 14 min. Start it again; if it will not come back, drop it.",
            _run.Error.Trim());
    }

    [Fact]
    public async Task What_a_live_peer_could_not_do_is_told_without_a_stack_trace()
    {
        Audit(Page(0, [Count(Adherence.Strict, 2, 100)], isLast: true));
        _run.Store.OnReport = peer => FakeStore.Report(peer) with
        {
            Repair = Repair(missing: 0) with
            {
                Peers = [new ComparisonReport(PeerId.Parse("north-a"), false, 1, 0, "It failed.\r\n   at X.Y() in "
                + "/src/X.cs:line 3")]
            },
        };
        await _run.RunAsync("status");
        Assert.Contains("west-c (north/a) could not compare with north-a: It failed.", _run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at X.Y()", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, 0, 0, "west-c (north/a) has not compared everything with the other peers yet. Look again in a minute.")]
    [InlineData(false, 7, 0, "west-c (north/a) is missing blocks (7): it fetches them from other peers.")]
    [InlineData(true, 0, 2, "west-c (north/a) holds damaged blocks (2): it fetches them from other peers.")]
    public async Task A_status_that_is_not_well_says_why(bool isCaughtUp, long missing, long damaged, string sentence)
    {
        Audit(Page(0, [Count(Adherence.Strict, 3, 100)], isLast: true));
        _run.Store.OnReport = peer => FakeStore.Report(peer) with
        {
            Repair = peer == FakeStore.Peer ? Repair(0) : Repair(0) with { IsCaughtUp = isCaughtUp, MissingBlocks = missing, DamagedBlocks = damaged },
        };
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("status"));
        Assert.Equal(sentence, _run.Error.Trim());
    }

    [Fact]
    public async Task Events_that_are_too_new_are_said_to_be()
    {
        Audit(Page(0, [], isLast: true) with { TooNewEvents = 500 });
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("audit"));
        Assert.Contains("500 events are too new to count; counted up to 2025-11-22 00:10.", _run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("All 0 blocks", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_audit_of_minutes_that_are_too_new_counts_nothing_and_ends_well()
    {
        Audit(new AuditPage(Minute, Minute, Minute - 1, [], [], true));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("audit"));
        Assert.Contains("There is nothing to count yet", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_counts_the_open_intervals_unless_all_are_asked_for()
    {
        var asked = new List<AuditRange>();
        _run.Store.OnAudit = range =>
        {
            asked.Add(range);
            return new[] { Page(0, [], isLast: true) }.ToAsync();
        };
        await _run.RunAsync("status");
        await _run.RunAsync("status", "--all");
        Assert.NotNull(asked[0].From);
        Assert.Null(asked[1].From);
    }

    private static RepairReport Repair(long missing) => new()
    {
        IsCaughtUp = missing == 0,
        MissingBlocks = missing,
        MissingEvents = missing,
        OldestMissing = missing == 0 ? null : Minute.Timestamp,
        DamagedBlocks = 0,
        FetchedBlocks = 12,
        FetchedEvents = 12,
        FetchedBytes = 1,
        KnownBlocks = 0,
        MendedBlocks = 0,
        Peers = missing == 0 ? [] : [new ComparisonReport(PeerId.Parse("north-a"), false, 1, missing, "It does not answer.")],
    };

    private static CopyCount Count(Adherence adherence, int copies, long blocks) => new(Day, adherence, copies, 3, blocks, 2 * blocks, Minute);

    private static AuditPage Page(int from, ImmutableArray<CopyCount> counts, bool isLast = false) =>
        new(Minute + from, Minute + from + 10, Minute + 100, counts, [], isLast);

    private static async IAsyncEnumerable<AuditPage> Failing(AuditPage first)
    {
        yield return first;
        await Task.Yield();
        throw new TimeoutException("The silo is gone.");
    }

    private void Audit(params AuditPage[] pages) => _run.Store.OnAudit = _ => pages.ToAsync();
}

/// <summary>Elements as a grain gives them.</summary>
internal static class AsyncElements
{
    public static async IAsyncEnumerable<T> ToAsync<T>(this IEnumerable<T> elements)
    {
        foreach (var element in elements)
        {
            await Task.Yield();
            yield return element;
        }
    }
}
