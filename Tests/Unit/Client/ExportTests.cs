using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Client.Terminals;
using AllData.Events;
using AllData.Intervals;
using AllData.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Client;

public sealed partial class ExportTests : IDisposable
{
    private readonly ExportBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Ndjson_read_back_is_what_was_put()
    {
        _bench.Scan.AddMany(500);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--format", "ndjson", "--file-bytes", "5000"));
        Assert.Equal(_bench.Scan.Events.Select(e => e.Key.ToString()), _bench.Lines().Select(static l => l.GetProperty("key").GetString()!));
        Assert.Equal(
            _bench.Scan.Events.Select(static e => Encoding.UTF8.GetString(e.Payload)),
            _bench.Lines().Select(static l => l.GetProperty("event").GetRawText()));
        Assert.True(_bench.Manifest().Files.Count > 5, "The files were not cut at their size.");
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("ndjson")]
    public async Task The_manifest_describes_range_files_and_completeness(string format)
    {
        _bench.Scan.AddMany(30);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--format", format, "--row-group-events", "10", "--file-bytes", "1"));
        var manifest = _bench.Manifest();
        Assert.Equal(("20251122T000000", 86_400, "closed", true), (manifest.Interval, manifest.IntervalSeconds, manifest.State, manifest.Complete));
        Assert.Equal(("20251122T000000000000000000", "20251123T000000000000000000"), (manifest.From, manifest.To));
        Assert.Equal((30, 0, _bench.Run.Store.Topology.ClusterId), (manifest.Events, manifest.Conflicts, manifest.Cluster));
        Assert.Equal((FakeScan.Key(0).ToString(), FakeScan.Key(29).ToString()), (manifest.FirstKey, manifest.LastKey));
        Assert.Equal((30, manifest.FirstKey, manifest.LastKey), (
            manifest.Files.Sum(static f => f.Events), manifest.Files[0].FirstKey, manifest.Files[^1].LastKey));
        Assert.True(manifest.Files.Count > 2);
        Assert.All(manifest.Files, CheckFile);
        Assert.Equal(["interval=20251122T000000"], _bench.Visible());
        Assert.Equal([.. manifest.Files.Select(static f => f.Name).Prepend(ExportManifest.FileName)], ExportBench.FilesOf(_bench.Day1Directory));
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("ndjson")]
    public async Task Files_of_topics_are_in_the_manifest_and_are_all_that_there_is(string format)
    {
        _bench.Scan.AddMany(30).TopicOf = static key => key.UnixMilliseconds % 3 == FakeScan.Day % 3 ? null : Topic.Parse($"t{key.UnixMilliseconds % 3}");
        _bench.Scan.Add(FakeScan.Key(30), "not json").Add(FakeScan.Key(31), "nor this");
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--by-topic", "--format", format, "--row-group-events", "10", "--file-bytes", "1"));
        var manifest = _bench.Manifest();

        Assert.Equal(("topic", 32, 2), (manifest.PartitionedBy, manifest.Events, manifest.NotJson));
        Assert.Equal((FakeScan.Key(0).ToString(), FakeScan.Key(31).ToString()), (manifest.FirstKey, manifest.LastKey));
        Assert.Equal(32, manifest.Files.Sum(static f => f.Events));
        Assert.All(manifest.Files, CheckFile);
        Assert.Equal(3, manifest.Files.Select(static f => Path.GetDirectoryName(f.Name)).Distinct().Count());
        Assert.Equal(
            manifest.Files.Select(static f => f.Name).Append(ExportManifest.FileName).Order(StringComparer.Ordinal),
            Directory.GetFiles(_bench.Day1Directory, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(_bench.Day1Directory, f))
                .Order(StringComparer.Ordinal));

        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--by-topic", "--format", format, "--verify"));
        Assert.Single(_bench.Scans);
        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--format", format));
        Assert.Contains("is an export with --by-topic", _bench.Run.Error, StringComparison.Ordinal);
        File.Delete(Path.Combine(_bench.Day1Directory, manifest.Files[^1].Name));
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--by-topic", "--format", format));
        Assert.Equal(2, _bench.Scans.Count);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--format", format, "--overwrite"));
        Assert.Empty(Directory.GetDirectories(_bench.Day1Directory));
    }

    [Theory]
    [InlineData("mine")]
    [InlineData("_gathered")]
    [InlineData("topic=a/_gathered")]
    [InlineData("topic=a/mine")]
    [InlineData("topic=a/topic=b/part-00000.parquet")]
    public async Task What_no_export_has_made_beside_files_of_topics_is_left_alone(string name)
    {
        _bench.Scan.AddMany(30).TopicOf = static _ => Topic.Parse("a");
        await _bench.ExportDayAsync("--by-topic");
        var foreign = Path.Combine(_bench.Day1Directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(foreign)!);
        await File.WriteAllTextAsync(foreign, "mine");

        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--by-topic", "--overwrite"));
        Assert.Contains("was not made by an export", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal("mine", await File.ReadAllTextAsync(foreign));
    }

    [Theory]
    [InlineData("orders", true, "topic=orders")]
    [InlineData("Orders.", true, "topic=Orders.")]
    [InlineData("Orders.v2.", false, "topic=%4Frders.v2%2E")]
    [InlineData("orders.v2", false, "topic=orders.v2")]
    public void Topics_have_directories_that_the_file_system_tells_apart(string topic, bool isPlain, string directory) =>
        Assert.Equal(directory, ExportNames.DirectoryOf(Topic.Parse(topic), isPlain));

    [Fact]
    public async Task A_link_in_place_of_a_topic_is_refused_and_what_it_points_to_stays()
    {
        _bench.Scan.AddMany(30).TopicOf = static _ => Topic.Parse("a");
        await _bench.ExportDayAsync("--by-topic");
        var (topic, elsewhere) = (Path.Combine(_bench.Day1Directory, "topic=a"), Path.Combine(_bench.Out, "elsewhere"));
        Directory.Move(topic, elsewhere);
        Directory.CreateSymbolicLink(topic, elsewhere);

        Assert.Equal(ExitCodes.Failed, await _bench.ExportDayAsync("--by-topic", "--overwrite"));
        Assert.Equal(["part-00000.parquet"], ExportBench.FilesOf(elsewhere));
    }

    [Fact]
    public async Task A_closed_and_complete_interval_is_not_read_twice()
    {
        _bench.Scan.AddMany(10);
        await _bench.ExportDayAsync();
        var before = File.GetLastWriteTimeUtc(Path.Combine(_bench.Day1Directory, ExportManifest.FileName));
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--verify"));
        Assert.Single(_bench.Scans);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Combine(_bench.Day1Directory, ExportManifest.FileName)));
        Assert.Contains("10 events, 1 file,", _bench.Run.Output, StringComparison.Ordinal);
        Assert.Contains("exported before, not read again", _bench.Run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("parquet")]
    [InlineData("ndjson")]
    public async Task Payloads_that_cannot_be_read_are_counted_and_the_interval_is_exported_again(string format)
    {
        _bench.Scan.AddMany(2).Add(FakeScan.Key(2), Array.Empty<byte>());
        _bench.Scan.Unreadable.Add(FakeScan.Key(2));
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--format", format));
        Assert.Equal((3, 1, 0, true), (_bench.Manifest().Events, _bench.Manifest().Unreadable, _bench.Manifest().NotJson, _bench.Manifest().Complete));
        Assert.Contains("1 payloads cannot be read", _bench.Run.Output, StringComparison.Ordinal);

        _bench.Scan.Unreadable.Clear();
        await _bench.ExportDayAsync("--format", format);
        Assert.Equal(0, _bench.Manifest().Unreadable);
    }

    [Fact]
    public async Task An_open_interval_is_provisional_and_exported_again()
    {
        _bench.State = IntervalState.Open;
        _bench.Scan.AddMany(10);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.Equal("open", _bench.Manifest().State);
        Assert.Contains("provisional (open)", _bench.Run.Output, StringComparison.Ordinal);
        _bench.Scan.AddMany(5, from: 100);
        await _bench.ExportDayAsync();
        Assert.Equal(15, _bench.Manifest().Events);
    }

    [Fact]
    public async Task An_export_in_doubt_says_so_and_is_replaced_by_a_complete_one()
    {
        _bench.Scan.AddMany(10).Doubts = [FakeScan.Doubt("west-c")];
        Assert.Equal(ExitCodes.InDoubt, await _bench.ExportDayAsync());
        Assert.False(_bench.Manifest().Complete);
        Assert.Equal(("west-c", "It did not answer."), (_bench.Manifest().Doubts[0].Peer, _bench.Manifest().Doubts[0].Reason));
        Assert.Contains("start or repair west-c", _bench.Run.Error, StringComparison.Ordinal);
        _bench.Scan.Doubts = [];
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.True(_bench.Manifest().Complete);
    }

    [Fact]
    public async Task What_is_in_doubt_does_not_appear_when_only_complete_is_wanted()
    {
        _bench.Scan.AddMany(10).Doubts = [FakeScan.Doubt("west-c")];
        Assert.Equal(ExitCodes.InDoubt, await _bench.ExportDayAsync("--require-complete"));
        Assert.Empty(_bench.Visible());
        Assert.Contains("not made visible (--require-complete)", _bench.Run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interval_without_events_is_exported_without_files()
    {
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.Equal([ExportManifest.FileName], ExportBench.FilesOf(_bench.Day1Directory));
        Assert.Equal((0, true, null), (_bench.Manifest().Events, _bench.Manifest().Complete, _bench.Manifest().FirstKey));
    }

    [Fact]
    public async Task A_range_without_an_interval_exports_nothing()
    {
        Assert.Equal(ExitCodes.Done, await _bench.Run.RunAsync("export", "--from", "20300101", "--out", _bench.Out));
        Assert.Empty(_bench.Visible());
        Assert.Contains("There is nothing to export in this range.", _bench.Run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_range_is_exported_interval_by_interval_and_cut_at_its_ends()
    {
        _bench.Days.AddRange([ExportBench.Day1.Next, ExportBench.Day1.Next.Next]);
        _bench.Scan.AddMany(72, step: 3_600_000);
        Assert.Equal(
            ExitCodes.Done, await _bench.Run.RunAsync("export", "--from", "20251122T12", "--to", "2025-11-24", "--out", _bench.Out, "--json"));
        Assert.Equal(["interval=20251122T000000", "interval=20251123T000000"], _bench.Visible().Order());
        Assert.Equal([12, 24], JsonElement.Parse(_bench.Run.Output).EnumerateArray().Select(static e => e.GetProperty("events").GetInt32()));
        Assert.Equal("20251122T120000000000000000", _bench.Manifest().From);
    }

    [Fact]
    public async Task A_silent_peer_may_hold_intervals_that_nobody_else_knows()
    {
        _bench.Silent.Add("west-c");
        _bench.Scan.AddMany(10);
        Assert.Equal(ExitCodes.InDoubt, await _bench.Run.RunAsync("export", "--from", "20251101", "--out", _bench.Out));
        Assert.Contains("No answer from west-c: west-c is slow.", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal("unknown", _bench.Manifest().State);
    }

    [Fact]
    public async Task An_interval_that_is_over_and_that_no_peer_holds_is_empty_and_closed()
    {
        _bench.Days.Clear();
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync());
        Assert.Equal(("closed", true, 0), (_bench.Manifest().State, _bench.Manifest().Complete, _bench.Manifest().Events));
        Assert.Contains("empty and closed", _bench.Run.Output, StringComparison.Ordinal);
        await _bench.ExportDayAsync();
        Assert.Single(_bench.Scans);
        _bench.Days.Add(ExportBench.Day1);
        _bench.Scan.AddMany(10);
        await _bench.ExportDayAsync();
        Assert.Equal(10, _bench.Manifest().Events);
    }

    [Fact]
    public async Task An_interval_of_which_a_silent_peer_may_hold_something_is_not_closed()
    {
        _bench.Days.Clear();
        _bench.Silent.Add("west-c");
        await _bench.ExportDayAsync();
        Assert.Equal("unknown", _bench.Manifest().State);
    }

    [Fact]
    public async Task A_present_interval_that_no_peer_holds_is_open()
    {
        _bench.Days.Clear();
        var today = DateTimeOffset.UtcNow.ToString("yyyyMMdd", System.Globalization.CultureInfo.InvariantCulture);
        await _bench.Run.RunAsync("export", "--interval", today, "--out", _bench.Out);
        Assert.Equal("open", _bench.Manifest(Path.Combine(_bench.Out, $"interval={today}T000000")).State);
    }

    [Fact]
    public async Task Json_that_some_readers_refuse_is_base64_in_lines()
    {
        _bench.Scan.Add(FakeScan.Key(0), "{\"a\":\"\\ud800\"}").Add(FakeScan.Key(1), "{\"a\":\"\\ud83d\\ude00\"}");
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--format", "ndjson"));
        var lines = _bench.Lines().ToList();
        Assert.Equal("{\"a\":\"\\ud800\"}", Encoding.UTF8.GetString(lines[0].GetProperty("base64").GetBytesFromBase64()));
        Assert.Equal("{\"a\":\"\\ud83d\\ude00\"}", lines[1].GetProperty("event").GetRawText());
        Assert.Equal(1, _bench.Manifest().NotJson);
    }

    [Theory]
    [InlineData("--interval", "20251122")]
    [InlineData("--out", "x", "--format", "csv")]
    [InlineData("--out", "x", "--row-group-events", "0")]
    [InlineData("--out", "x", "--interval", "20251122", "--to", "20251123")]
    public async Task A_wrong_command_line_is_refused_before_the_cluster_is_asked(params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await _bench.Run.RunAsync(["export", .. args]));
        Assert.Null(_bench.Run.Address);
    }

    [Fact]
    public async Task Where_nobody_watches_a_line_tells_how_far_it_is_and_how_long_it_takes()
    {
        var time = new FakeTimeProvider();
        var (reached, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        _bench.Scan.AddMany(100).PageEvents = 25;
        _bench.Scan.BeforePage = at =>
        {
            if (at < 50)
            {
                return Task.CompletedTask;
            }

            reached.TrySetResult();
            return go.Task;
        };
        var error = new StringWriter();
        var running = RunAsync(error, time, CancellationToken.None);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

        // Read ahead, the second page may still be on its way to the file when the third is requested.
        time.Advance(WorkProgress.LinePeriod);
        Assert.True(SpinWait.SpinUntil(() => error.ToString().Contains('\n'), TimeSpan.FromSeconds(30)), "No line after its period.");
        Assert.Matches("^(25|50) events, .*, (5|10) events/s, .*, (25|50) %, about 0:00:(05|15) left", error.ToString());
        go.SetResult();
        await running.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Pages_that_are_written_are_let_go()
    {
        var pages = new List<WeakReference>();
        var most = 0;
        _bench.Run.Store.OnScan = _ => Pages(200, pages, alive => most = Math.Max(most, alive));
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--row-group-events", "1000"));
        Assert.Equal(200_000, _bench.Manifest().Events);
        Assert.True(most < 10, $"{most} pages were in memory at once.");
    }

    private static async IAsyncEnumerable<AllData.Reading.ScanPage> Pages(int count, List<WeakReference> pages, Action<int> onAlive)
    {
        for (var page = 0; page < count; page++)
        {
            var events = Enumerable.Range(page * 1000, 1000).Select(static i => (FakeScan.Key(i), new byte[200])).ToArray();
            yield return Remember(FakeScan.PageOf(events, [], [], page == count - 1), pages);
            if (page % 20 == 19)
            {
                await Task.Yield();
                GC.Collect();
                onAlive(pages.Count(static p => p.IsAlive));
            }
        }
    }

    private static AllData.Reading.ScanPage Remember(AllData.Reading.ScanPage page, List<WeakReference> pages)
    {
        pages.Add(new WeakReference(page));
        return page;
    }

    private async Task RunAsync(StringWriter error, TimeProvider time, CancellationToken cancellation)
    {
        using var terminal = Terminal.Of(Stream.Null, Stream.Null, error);
        var services = new ClientServices(_bench.Run, terminal, time, new Random(1));
        var request = new ExportRequest(_bench.Out, ExportFormat.Parquet, 1000, 1_000_000, false, false, false);
        var unit = new ExportUnit(
            ExportBench.Day1, EventKey.FirstAt(FakeScan.Day), EventKey.FirstAt(FakeScan.Day + ExportBench.DayMilliseconds), ExportUnit.Closed, 100);
        var run = new ExportRun(services, _bench.Run.Store.Grains.CreateEventReader(), Guid.Empty, request);
        await run.RunAsync(new ExportPlan([unit], [], false), cancellation);
    }

    private void CheckFile(ExportedFile file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(_bench.Day1Directory, file.Name));
        Assert.Equal((file.Bytes, file.Sha256), (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes))));
    }
}
