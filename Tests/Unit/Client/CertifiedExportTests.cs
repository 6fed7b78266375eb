using System.Text.Json;
using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Events;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Client;

/// <summary><c>export --require</c>, against a store in memory.</summary>
public sealed class CertifiedExportTests : IDisposable
{
    private readonly ExportBench _bench = new();

    public CertifiedExportTests()
    {
        _bench.Scan.AddMany(40).Add(FakeScan.Key(39), "\"another\"").Add(FakeScan.Key(50), [0xFF, 0]).Add(FakeScan.Key(51), "{\n\"broken\":\r\n1}");
        _bench.Scan.TopicOf = static key => key.UnixMilliseconds % 3 == 0 ? Topic.Parse("orders") : null;
        Certify();
    }

    private MemoryCertificates Certificates => _bench.Run.Store.Certificates;

    private string CertificatePath => Path.Combine(_bench.Day1Directory, CertificateFile.Name);

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("parquet")]
    [InlineData("parquet", "--by-topic")]
    [InlineData("ndjson")]
    [InlineData("ndjson", "--by-topic")]
    public async Task Files_have_their_certificate_beside_them_and_are_verified_by_it_alone(string format, params string[] more)
    {
        var keys = Path.Combine(_bench.Out, "..", "peers.keys");
        Assert.Equal(ExitCodes.Done, await _bench.Run.RunAsync("verify", "--keys", keys));
        Assert.Equal(ExitCodes.Done, await ExportAsync(["--format", format, "--keys", keys, .. more]));
        Assert.Contains("43 events, ", _bench.Run.Output, StringComparison.Ordinal);
        Assert.Contains(", as version 1 of its certificate (complete)", _bench.Run.Output, StringComparison.Ordinal);
        var (manifest, newest) = (_bench.Manifest(), IntervalCertificate.Parse(Certificates.Texts[1]));
        Assert.Equal(new ExportedCertificate(CertificateFile.Name, 1, CertificateState.Complete, newest.Content.Root, RootOfFiles: true), manifest.Certificate);

        _bench.Run.ConnectFailure = new InvalidOperationException("There is no cluster.");
        Assert.Equal(ExitCodes.Done, await _bench.Run.RunAsync("verify", "--offline", _bench.Day1Directory, "--keys", keys));
        var text = await File.ReadAllTextAsync(CertificatePath);
        await File.WriteAllTextAsync(CertificatePath, text.Replace("\nevents 43\n", "\nevents 44\n", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Failed, await _bench.Run.RunAsync("verify", "--offline", _bench.Day1Directory, "--keys", keys));
    }

    [Fact]
    public async Task What_is_not_sealed_is_refused_and_not_read()
    {
        (Certificates.Texts, Certificates.Note) = ([], "");
        await RefusedAsync(RefusalKind.NotSealed, "It is not sealed. alldata seal --interval 20251122T000000");
        Assert.Empty(_bench.Scans);
    }

    [Fact]
    public async Task What_is_unknown_is_refused_and_the_peer_is_named()
    {
        Certify(CertificateState.Unknown);
        await RefusedAsync(
            RefusalKind.PromisesLess, "is unknown, and complete-degraded is required.", "Peer north-z (9) has not answered.", bar: "complete-degraded");
        Assert.Empty(_bench.Scans);
    }

    [Fact]
    public async Task Missing_copies_are_refused_or_allowed()
    {
        Certify(CertificateState.CompleteDegraded);
        await RefusedAsync(RefusalKind.PromisesLess, "is complete-degraded, and complete is required.", "Peer north-y (8) lacks copies of 3 blocks.");
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--require", "complete-degraded"));
        Assert.Equal(CertificateState.CompleteDegraded, _bench.Manifest().Certificate!.State);
    }

    [Fact]
    public async Task Events_that_are_missing_changed_or_late_are_refused_and_leave_what_was_exported()
    {
        Assert.Equal(ExitCodes.Done, await ExportAsync());
        var (before, events) = (await File.ReadAllTextAsync(CertificatePath), _bench.Scan.Events.ToList());
        await ExpectAsync(RefusalKind.Damaged, "This is damage", [.. events.Skip(1)]);
        await ExpectAsync(RefusalKind.Damaged, "This is damage", [.. events.Skip(1), (events[0].Key, [1, 2, 3])]);
        await ExpectAsync(RefusalKind.Supplemented, "Events have come since", [.. events, (FakeScan.Key(77), [1])]);
        await ExpectAsync(RefusalKind.NotRead, "west-c may hold the rest", [.. events.Skip(1)], FakeScan.Doubt("west-c"));
        Assert.Equal(before, await File.ReadAllTextAsync(CertificatePath));

        async Task ExpectAsync(
            RefusalKind kind, string sentence, (EventKey Key, byte[] Payload)[] others, params AllData.Reading.ScanDoubt[] doubts)
        {
            var scan = new FakeScan { TopicOf = _bench.Scan.TopicOf, Doubts = [.. doubts] };
            Array.ForEach(others, e => scan.Add(e.Key, e.Payload));
            _bench.Run.Store.OnScan = range => scan.Read(range);
            await RefusedAsync(kind, sentence, mayBeVisible: true, more: "--overwrite");
        }
    }

    [Fact]
    public async Task A_root_that_is_as_certified_needs_no_answer_of_a_peer_that_is_away()
    {
        _bench.Scan.Doubts = [FakeScan.Doubt("west-c")];
        _bench.Silent.Add("west-c");
        Assert.Equal(ExitCodes.Done, await ExportAsync());
        Assert.Equal(("closed", true, 0), (_bench.Manifest().State, _bench.Manifest().Complete, _bench.Manifest().Doubts.Count));
    }

    [Fact]
    public async Task Encrypted_events_are_compared_as_they_are_stored()
    {
        _bench.Scan.StoredForm = static payload => [.. StoredMark.Bytes, 1, .. payload];
        Certify();
        Assert.Equal(ExitCodes.Done, await ExportAsync());
        Assert.False(_bench.Manifest().Certificate!.RootOfFiles);

        // What is stored was changed, then what is read of it.
        _bench.Scan.StoredForm = static payload => [.. StoredMark.Bytes, 2, .. payload];
        await RefusedAsync(RefusalKind.Damaged, "This is damage", mayBeVisible: true, more: "--overwrite");
        _bench.Scan.StoredForm = static payload => [.. StoredMark.Bytes, 1, .. payload];
        var other = new FakeScan { TopicOf = _bench.Scan.TopicOf }.AddMany(40);
        _bench.Run.Store.OnScan = range => range.AsStored ? _bench.Scan.Read(range) : other.Read(range);
        await RefusedAsync(RefusalKind.NotRead, "changed while they were exported", mayBeVisible: true, more: "--overwrite");
    }

    [Fact]
    public async Task Payloads_that_cannot_be_read_are_refused()
    {
        _bench.Scan.Add(FakeScan.Key(70), Array.Empty<byte>()).Unreadable.Add(FakeScan.Key(70));
        Certify();
        await RefusedAsync(RefusalKind.NotRead, "1 event cannot be decrypted");
    }

    [Fact]
    public async Task The_same_version_is_not_read_twice_and_a_newer_one_is_exported_again()
    {
        Assert.Equal(ExitCodes.Done, await ExportAsync());
        Assert.Equal(ExitCodes.Done, await ExportAsync());
        Assert.Single(_bench.Scans);
        Assert.Contains("exported before, not read again", _bench.Run.Output, StringComparison.Ordinal);

        // Copies that were missing do not change the events, and yet it is another certificate.
        Certify(CertificateState.CompleteDegraded);
        Assert.Equal(ExitCodes.Done, await _bench.ExportDayAsync("--require", "complete-degraded"));
        Assert.Equal(2, _bench.Scans.Count);
        Assert.Equal(CertificateState.CompleteDegraded, _bench.Manifest().Certificate!.State);
    }

    [Fact]
    public async Task A_certified_interval_that_no_peer_holds_any_more_is_not_overlooked()
    {
        _bench.Days.Clear();
        var empty = new FakeScan();
        _bench.Run.Store.OnScan = range => empty.Read(range);
        Assert.Equal(
            ExitCodes.NotCertified,
            await _bench.Run.RunAsync("export", "--from", "20251122", "--to", "20251123", "--out", _bench.Out, "--require", "complete"));
        Assert.Contains("Interval 20251122T000000: There are 0 events", _bench.Run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_part_of_an_interval_is_refused()
    {
        Assert.Equal(
            ExitCodes.NotCertified,
            await _bench.Run.RunAsync("export", "--from", "20251122T01", "--to", "20251123", "--out", _bench.Out, "--require", "complete"));
        Assert.Contains("Only a part of the interval was requested", _bench.Run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_log_that_does_not_hold_nothing_is_exported()
    {
        Certificates.Texts = [Certificates.Texts[0], Certificates.Texts[1].Replace("topology 12", "topology 13", StringComparison.Ordinal)];
        Assert.Equal(ExitCodes.NotCertified, await ExportAsync());
        Assert.Contains("The log of certificates does not hold", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Empty(_bench.Visible());

        // Signed well, by others than those that count.
        var keys = Path.Combine(_bench.Out, "..", "peers.keys");
        Certify();
        await _bench.Run.RunAsync("verify", "--keys", keys);
        (Certificates.Peers, Certificates.Note) = ([4, 5, 6], CertificateSample.Sign(SignedCheckpoint.Parse(Certificates.Note).Head, 4, 5, 6).ToString());
        Assert.Equal(ExitCodes.NotCertified, await ExportAsync("--keys", keys));
        Assert.Equal(ExitCodes.Done, await ExportAsync());
    }

    [Theory]
    [InlineData("--require", "unknown")]
    [InlineData("--require", "complete", "--topic", "orders")]
    [InlineData("--require", "complete", "--scope", "store")]
    [InlineData("--keys", "peers.keys")]
    public async Task A_wrong_command_line_is_refused_before_the_cluster_is_asked(params string[] args)
    {
        Assert.Equal(ExitCodes.Usage, await _bench.ExportDayAsync(args));
        Assert.Null(_bench.Run.Address);
    }

    private void Certify(CertificateState state = CertificateState.Complete)
    {
        (Certificates.Texts, Certificates.Note) = ([], "");
        Certificates.CertifyDay(_bench.Scan, state);
    }

    private Task<int> ExportAsync(params string[] more) => _bench.ExportDayAsync(["--require", "complete", .. more]);

    private async Task RefusedAsync(
        RefusalKind kind, string sentence, string other = "", string bar = "complete", bool mayBeVisible = false, params string[] more)
    {
        Assert.Equal(ExitCodes.NotCertified, await _bench.ExportDayAsync(["--require", bar, .. more]));
        Assert.Contains("refused, and not made visible (--require)", _bench.Run.Output, StringComparison.Ordinal);
        Assert.Contains(sentence, _bench.Run.Error, StringComparison.Ordinal);
        Assert.Contains(other, _bench.Run.Error, StringComparison.Ordinal);
        Assert.Equal(mayBeVisible ? ["interval=20251122T000000"] : [], _bench.Visible());

        Assert.Equal(ExitCodes.NotCertified, await _bench.ExportDayAsync(["--require", bar, "--json", .. more]));
        var refusal = Assert.Single(JsonElement.Parse(_bench.Run.Output).EnumerateArray()).GetProperty("refusal");
        Assert.Equal(JsonNamingPolicy.CamelCase.ConvertName($"{kind}"), refusal.GetProperty("kind").GetString());
    }
}
