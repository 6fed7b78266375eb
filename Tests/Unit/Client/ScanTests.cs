using System.Text;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

public sealed class ScanTests
{
    private readonly ClientRun _run = new();
    private readonly FakeScan _scan = new();
    private readonly List<ScanRange> _asked = [];

    public ScanTests() => _run.Store.OnScan = range =>
    {
        _asked.Add(range);
        return _scan.Read(range);
    };

    [Fact]
    public async Task Scan_writes_each_event_as_a_line_and_says_that_it_is_complete()
    {
        _scan.Add(FakeScan.Key(0, 7), "{\"a\" : 1.0}").Add(FakeScan.Key(61_001), "[true]");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan"));
        Assert.Equal(
            "{\"key\":\"20251122T000000000001200007\",\"event\":{\"a\" : 1.0}}\n"
            + "{\"key\":\"20251122T000101001001200000\",\"event\":[true]}\n",
            _run.Output);
        Assert.Equal("2 events. Complete.", _run.Error.Trim());
        Assert.Equal([ScanRange.All], _asked);
    }

    [Fact]
    public async Task What_is_read_back_is_what_was_put()
    {
        _scan.AddMany(1000, step: 777);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan"));
        var lines = _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonElement.Parse(l)).ToArray();
        Assert.Equal(_scan.Events.Select(e => e.Key.ToString()), lines.Select(static l => l.GetProperty("key").GetString()!));
        Assert.Equal(
            _scan.Events.Select(static e => Encoding.UTF8.GetString(e.Payload)), lines.Select(static l => l.GetProperty("event").GetRawText()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{\"a\":}")]
    [InlineData("{} {}")]
    public async Task A_payload_that_is_not_json_is_written_as_base64(string payload)
    {
        _scan.Add(FakeScan.Key(0), payload);
        await _run.RunAsync("scan");
        Assert.Equal(payload, Encoding.UTF8.GetString(JsonElement.Parse(_run.Output).GetProperty("base64").GetBytesFromBase64()));
    }

    [Fact]
    public async Task Bytes_that_are_not_utf8_are_written_as_base64()
    {
        _scan.Add(FakeScan.Key(0), [(byte)'"', 0xFF, (byte)'"']);
        await _run.RunAsync("scan");
        Assert.EndsWith("\"base64\":\"Iv8i\"}\n", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_of_several_lines_stays_one_line_with_the_same_meaning()
    {
        _scan.Add(FakeScan.Key(0), "{\r\n\"a\":\"x\\ny\"\n}");
        await _run.RunAsync("scan");
        Assert.EndsWith("\"event\":{  \"a\":\"x\\ny\" }}\n", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_payload_larger_than_the_buffer_is_written_whole()
    {
        var large = $"\"{new string('x', 3_000_000)}\"";
        _scan.Add(FakeScan.Key(0), "1").Add(FakeScan.Key(1), large).Add(FakeScan.Key(2), "2");
        await _run.RunAsync("scan");
        var lines = _run.Output.Split('\n');
        Assert.Equal((4, large), (lines.Length, JsonElement.Parse(lines[1]).GetProperty("event").GetRawText()));
    }

    [Fact]
    public async Task Conflicts_are_all_written_and_marked()
    {
        _scan.Add(FakeScan.Key(0), "1").Add(FakeScan.Key(5), "2").Add(FakeScan.Key(5), "3").Add(FakeScan.Key(6), "4");
        _scan.PageEvents = 10;
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan"));
        var conflicts = _run.Output.Split('\n').Where(static l => l.EndsWith(",\"conflict\":true}", StringComparison.Ordinal));
        Assert.Equal(["2", "3"], conflicts.Select(static l => JsonElement.Parse(l).GetProperty("event").GetRawText()));
        Assert.Contains("1 key is in conflict: different events were put under one key, and each has a line, marked.", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_in_doubt_says_who_must_answer_and_ends_with_a_code_of_its_own()
    {
        _scan.AddMany(2).Doubts = [FakeScan.Doubt("west-d"), FakeScan.Doubt("west-c")];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("scan"));
        Assert.Contains("2 events. Not complete.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("peer west-d: It did not answer.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("start or repair west-c, west-d", _run.Error, StringComparison.Ordinal);
        Assert.Equal(2, _run.Output.Count(static c => c == '\n'));
    }

    [Fact]
    public async Task A_doubt_about_another_cluster_names_it_and_its_way_out()
    {
        _scan.AddMany(2).Doubts =
        [
            FakeScan.Doubt("north-a"),
            FakeScan.Doubt("east-e") with { Cluster = "east" },
            FakeScan.Doubt("west-c") with { Cluster = "west" },
            FakeScan.Doubt("west-c") with { Cluster = "west", Peer = default, Reason = "It is cut off." },
        ];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("scan"));
        Assert.Contains(", peer east-e of cluster east: It did not answer.", _run.Error, StringComparison.Ordinal);
        Assert.Contains("20251123T000000000000000000, cluster west: It is cut off.", _run.Error, StringComparison.Ordinal);
        Assert.EndsWith(
            "To be certain: start or repair north-a; start or repair east-e in cluster east; see that cluster west can be reached, and read again. Drop a peer "
            + "that will not come back. 'alldata region drop' drops a region that will not come back.",
            _run.Error.Trim(),
            StringComparison.Ordinal);

        await _run.RunAsync("scan", "--json");
        var doubts = JsonElement.Parse(_run.Error.Trim().Split('\n')[^1]).GetProperty("doubts");
        Assert.Equal([null, "east", "west", "west"], doubts.EnumerateArray().Select(static d => d.TryGetProperty("cluster", out var c) ? c.GetString() : null));
        Assert.False(doubts[3].TryGetProperty("peer", out _));
    }

    [Fact]
    public async Task A_doubt_about_the_registry_sends_no_operator_to_a_healthy_peer()
    {
        _scan.AddMany(2).Doubts = [FakeScan.Doubt("north-a") with { Peer = default, Reason = "the peer registry did not answer" }];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("scan"));
        Assert.EndsWith("To be certain: see that the cluster database answers, and read again.", _run.Error.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_json_the_outcome_is_one_document_on_the_standard_error()
    {
        _scan.AddMany(2).Doubts = [FakeScan.Doubt("west-d")];
        await _run.RunAsync("scan", "--json");
        Assert.Equal(
            "{\"events\":2,\"conflicts\":0,\"complete\":false,\"lastKey\":\"20251122T000000001001200000\",\"doubts\":["
            + "{\"from\":\"20251122T000000000000000000\",\"to\":\"20251123T000000000000000000\",\"peer\":\"west-d\",\"reason\":\"It did not answer.\"}]}",
            _run.Error.Trim());
    }

    [Fact]
    public async Task A_scan_of_one_cluster_says_so_at_its_end()
    {
        _scan.AddMany(1);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan", "--scope", "cluster", "--json"));
        Assert.Equal(ScanScope.Cluster, Assert.Single(_asked).Scope);
        Assert.EndsWith("\"scope\":\"cluster\"}", _run.Error.Trim(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("20251122", "20251122T000000000000000000")]
    [InlineData("20251122T10", "20251122T100000000000000000")]
    [InlineData("20251122T1015", "20251122T101500000000000000")]
    [InlineData("20251122T101500123001200007", "20251122T101500123001200007")]
    [InlineData("2025-11-22", "20251122T000000000000000000")]
    [InlineData("2025-11-22T10:15Z", "20251122T101500000000000000")]
    [InlineData("2025-11-22T10:15", "20251122T101500000000000000")]
    [InlineData("2025-11-22T10:15:00.1231+01:00", "20251122T091500124000000000")]
    public async Task A_bound_is_a_key_the_beginning_of_one_or_a_time(string text, string expected)
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan", "--from", text));
        Assert.Equal(EventKey.Parse(expected), Assert.Single(_asked).From);
    }

    [Fact]
    public async Task From_is_included_to_and_after_are_not_and_the_limit_ends_it()
    {
        _scan.AddMany(10);
        await _run.RunAsync("scan", "--from", $"{FakeScan.Key(1)}", "--to", $"{FakeScan.Key(8)}", "--after", $"{FakeScan.Key(2)}", "--limit", "4");
        Assert.Equal(
            Enumerable.Range(3, 4).Select(static i => FakeScan.Key(i).ToString()),
            _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonElement.Parse(l).GetProperty("key").GetString()));
    }

    [Fact]
    public async Task An_interval_is_as_long_as_the_cluster_says()
    {
        _run.Store.Topology = _run.Store.Topology with { IntervalLength = TimeSpan.FromHours(3) };
        await _run.RunAsync("scan", "--interval", "20251122T090000");
        Assert.Equal(
            new ScanRange { From = EventKey.FirstAt(FakeScan.Day + (9 * 3_600_000)), To = EventKey.FirstAt(FakeScan.Day + (12 * 3_600_000)) },
            Assert.Single(_asked));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("scan", "--interval", "20251122T100000"));
        Assert.Contains("It lies in --interval 20251122T090000.", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--from", "yesterday")]
    [InlineData("--from", "20251399")]
    [InlineData("--from", "1969-12-31")]
    [InlineData("--from", "20251123", "--to", "20251122")]
    [InlineData("--from", "20251123", "--interval", "20251122")]
    [InlineData("--limit", "0")]
    [InlineData("--scope", "region")]
    [InlineData("--after", "20251122")]
    public async Task What_is_no_range_is_refused_before_the_cluster_is_asked(params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync(["scan", .. args]));
        Assert.Null(_run.Address);
        Assert.NotEqual("", _run.Error);
    }

    [Fact]
    public async Task A_reader_that_goes_away_ends_the_scan_quietly()
    {
        var pages = 0;
        _scan.AddMany(1_000_000 / 20).PageEvents = 10_000;
        _scan.BeforePage = _ => Task.FromResult(++pages);
        _run.OutputFailure = new IOException("Broken pipe", 32);
        Assert.Equal(ExitCodes.OutputClosed, await _run.RunAsync("scan"));
        Assert.Equal("", _run.Error);
        Assert.True(pages < 5, $"{pages} of 5 pages were read for nobody.");
    }

    [Fact]
    public async Task A_full_disk_behind_the_output_is_told()
    {
        _scan.AddMany(10);
        _run.OutputFailure = new IOException("No space left on device", 28);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("scan"));
        Assert.Contains("No space left on device", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_dies_midway_costs_no_event_and_gives_none_twice()
    {
        _scan.AddMany(30);
        _scan.Fails = (15, new TimeoutException("No answer."));
        _run.Store.OnScan = range =>
        {
            _asked.Add(range);
            _scan.Fails = _asked.Count == 1 ? _scan.Fails : null;
            return _scan.Read(range);
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan"));
        Assert.Equal((2, 30), (_asked.Count, _run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count()));
    }
}
