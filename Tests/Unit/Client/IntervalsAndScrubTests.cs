using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using AllData.Certificates;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Scrub;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class IntervalsAndScrubTests
{
    private static readonly Interval First = Interval.Containing(FakeScan.Day, TimeSpan.FromDays(1));

    private readonly ClientRun _run = new();

    /// <summary>What was said, without the lines about the progress, which appear when they do.</summary>
    private string[] Said => [.. _run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(static l => !l.Contains("events/s"))];

    public IntervalsAndScrubTests() => _run.Store.Register("north-a", "north-b", "west-c");

    [Fact]
    public async Task Intervals_are_listed_with_state_counts_and_holders()
    {
        _run.Store.OnIntervals = static peer => peer.Value switch
        {
            "north-a" => [Stored(First, IntervalState.Closed, 1000), Stored(First.Next, IntervalState.Open, 5)],
            "north-b" => [Stored(First, IntervalState.Closed, 900)],
            _ => [Stored(First.Next, IntervalState.Closed, 5, "A page cannot be read.")],
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("intervals"));
        var lines = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Matches("^20251122T000000 +closed +1,000 +1,900 +4 +2.0 KiB +north-a, north-b$", lines[^2]);
        Assert.Matches("^20251123T000000 +mixed \\(open: north-a\\) +5 +10 +4 +2.0 KiB +north-a, west-c +west-c$", lines[^1]);
        Assert.Equal("Damage at west-c, interval 20251123T000000: A page cannot be read.", _run.Error.Trim());
    }

    [Fact]
    public async Task Intervals_have_their_certificates_and_one_that_is_lost_is_told()
    {
        _run.Store.Certificates.CertifyDay(new FakeScan().AddMany(9));
        _run.Store.OnIntervals = static _ => [Stored(First, IntervalState.Closed, 9), Stored(First.Next, IntervalState.Open, 5)];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("intervals"));
        var lines = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Matches("^20251122T000000 +closed +9 .* +complete v1 +[0-9a-f]{16}$", lines[^2]);
        Assert.DoesNotContain("complete", lines[^1], StringComparison.Ordinal);
        Assert.Contains(
            "Interval 20251121T000000 is certified with 7 events, and no peer that answered holds anything of it.", _run.Error, StringComparison.Ordinal);

        await _run.RunAsync("intervals", "--json");
        var certificate = JsonElement.Parse(_run.Output).GetProperty("intervals")[0].GetProperty("certificate");
        Assert.Equal(("complete", 1, 9), (
            certificate.GetProperty("state").GetString(), certificate.GetProperty("version").GetInt32(), certificate.GetProperty("events").GetInt32()));
    }

    [Fact]
    public async Task In_a_store_of_several_clusters_an_interval_is_as_certain_as_by_the_least_certain_of_them()
    {
        _run.Store.Certificates.CertifyDay(new FakeScan().AddMany(9));
        var own = (await _run.Store.Certificates.GetSealed(First, 1))[0];
        var others = _run.Store.Certificates.Others;
        _run.Store.OnIntervals = static _ => [Stored(First.Previous, IntervalState.Closed, 7), Stored(First, IntervalState.Closed, 9)];

        others.Add(new ClusterCertificates("west", [own with { State = CertificateState.CompleteDegraded, Version = 3 }]));
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("intervals"));
        Assert.Matches(@"20251121T000000 .*unknown \(north: complete v1, west: none\)", _run.Output);
        Assert.Matches(@"20251122T000000 .*complete-degraded \(north: complete v1, west: complete-degraded v3\)", _run.Output);

        others[0] = new ClusterCertificates("west", [], "It has not answered within 5 s.");
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("intervals", "--json"));
        var document = JsonElement.Parse(_run.Output);
        var interval = document.GetProperty("intervals")[1];
        Assert.Equal(("unknown", "complete"), (
            interval.GetProperty("storeState").GetString(), interval.GetProperty("clusters")[0].GetProperty("certificate").GetProperty("state").GetString()));
        Assert.False(interval.GetProperty("clusters")[1].TryGetProperty("certificate", out _));
        Assert.Equal("west", document.GetProperty("silentClusters")[0].GetProperty("cluster").GetString());
        Assert.Contains("No answer from cluster west about its certificates: It has not answered within 5 s.", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Intervals_are_written_as_json_with_each_replica()
    {
        _run.Store.OnIntervals = static peer => peer.Value == "west-c"
            ? throw new PeerNotHostedException(peer)
            : [Stored(First, IntervalState.Open, 7)];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("intervals", "--json"));
        var document = JsonElement.Parse(_run.Output);
        var interval = Assert.Single(document.GetProperty("intervals").EnumerateArray());
        Assert.Equal(("20251122T000000", 86_400, "open"), (
            interval.GetProperty("interval").GetString(), interval.GetProperty("seconds").GetInt32(), interval.GetProperty("state").GetString()));
        Assert.Equal((7, 14), (interval.GetProperty("largestEvents").GetInt32(), interval.GetProperty("storedEvents").GetInt32()));
        Assert.Equal(
            ["north-a", "north-b"], interval.GetProperty("replicas").EnumerateArray().Select(static r => r.GetProperty("peer").GetString()));
        Assert.Equal("west-c", Assert.Single(document.GetProperty("silent").EnumerateArray()).GetProperty("peer").GetString());
    }

    [Fact]
    public async Task A_peer_that_does_not_answer_is_named_and_the_others_are_listed()
    {
        _run.Store.OnIntervals = static peer => peer.Value == "north-b"
            ? throw new PeerNotHostedException(peer)
            : [Stored(First, IntervalState.Open, 1)];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("intervals"));
        Assert.Contains("No answer from north-b: No active silo hosts peer 'north-b'.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("north-a, west-c", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrub_walks_every_peer_to_its_end()
    {
        var steps = new ConcurrentQueue<(PeerId, ScrubPosition)>();
        _run.Store.OnScrub = (peer, position) =>
        {
            steps.Enqueue((peer, position));
            var minute = UnixMinute.Max(position.FromMinute, new(10));
            return new ScrubPage(First, 2, 20, 1024, [], minute.Value == 12 ? null : new ScrubPosition(First, minute + 1));
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scrub"));
        Assert.Equal(
            ["north-a: 6 blocks (60 events), 3.0 KiB; no damage", "north-b: 6 blocks (60 events), 3.0 KiB; no damage",
                "west-c: 6 blocks (60 events), 3.0 KiB; no damage"],
            _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.All(steps.GroupBy(static s => s.Item1), static g => Assert.Equal(
            [ScrubPosition.Start, new(First, new(11)), new(First, new(12))], g.Select(static s => s.Item2)));
    }

    [Fact]
    public async Task Scrub_says_each_finding_once_and_ends_with_a_code_of_its_own()
    {
        _run.Store.OnScrub = static (peer, position) => new ScrubPage(
            First, 1, 1, 1, peer.Value == "north-b" ? ["Block 7 does not match its digest."] : [],
            position.FromMinute.Value == 1 ? null : new ScrubPosition(First, new(1)));
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("scrub"));
        Assert.Equal("Damage at north-b, interval 20251122T000000: Block 7 does not match its digest.", Assert.Single(Said));
        Assert.Contains("north-b: 2 blocks (2 events), 2 B; 1 damaged", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_peer_with_very_much_damage_does_not_fill_the_memory_or_the_screen()
    {
        _run.Store.OnScrub = static (_, position) => new ScrubPage(
            First, 1, 1, 1, [.. Enumerable.Range(0, 500).Select(i => $"{position.FromMinute}/{i}")],
            position.FromMinute.Value == 9 ? null : new ScrubPosition(First, position.FromMinute + 1));
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("scrub", "--peer", "north-a", "--json"));
        var result = Assert.Single(JsonElement.Parse(_run.Output).EnumerateArray());
        Assert.Equal((5_000, ScrubTally.MaxFindings), (result.GetProperty("findings").GetInt32(), result.GetProperty("damage").GetArrayLength()));
        Assert.Equal(ScrubTally.MaxFindings + 1, Said.Length);
    }

    [Fact]
    public async Task Scrub_of_one_interval_leaves_the_others_alone()
    {
        var asked = new ConcurrentQueue<ScrubPosition>();
        _run.Store.OnScrub = (_, position) =>
        {
            asked.Enqueue(position);
            return new ScrubPage(First, 1, 1, 1, [], position.FromMinute.Value == 0
                ? new ScrubPosition(First, new(5))
                : new ScrubPosition(First.Next, UnixMinute.First));
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scrub", "--interval", "20251122T000000", "--peer", "west-c"));
        Assert.Equal([new ScrubPosition(First, UnixMinute.First), new ScrubPosition(First, new(5))], asked);
        Assert.Equal("west-c: 2 blocks (2 events), 2 B; no damage", _run.Output.Trim());
    }

    [Fact]
    public async Task A_peer_that_falls_silent_during_a_scrub_is_named()
    {
        _run.Store.OnScrub = static (peer, position) => peer.Value == "west-c" && position.FromMinute > UnixMinute.First
            ? throw new PeerNotHostedException(peer)
            : new ScrubPage(First, 1, 1, 1, [], position.FromMinute == UnixMinute.First ? new ScrubPosition(First, new(1)) : null);
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("scrub"));
        Assert.Contains("No answer from west-c: No active silo hosts peer 'west-c'.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("west-c: 1 block (1 event), 1 B; no damage, did not answer to the end", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_peer_is_refused_and_the_known_ones_are_named()
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("scrub", "--peer", "east-e"));
        Assert.Contains("There are: north-a, north-b, west-c.", _run.Error, StringComparison.Ordinal);
    }

    internal static StoredInterval Stored(Interval interval, IntervalState state, long events, string? damage = null) =>
        new(interval, state, 2, events, 1024, default, "file", damage);
}
