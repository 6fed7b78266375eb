using System.Text.Json;
using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Events;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Client;

/// <summary><c>verify</c>, <c>prove</c> and <c>seal</c>, against a store in memory.</summary>
public sealed class CertificateCommandTests : IDisposable
{
    private const string Day = "20251122";

    private readonly TemporaryDirectory _directory = new();
    private readonly ClientRun _run = new();
    private readonly FakeScan _scan = new FakeScan { PageEvents = 7 }.AddMany(40);

    public CertificateCommandTests()
    {
        _scan.Add(FakeScan.Key(39), "\"another\"");
        _scan.TopicOf = static key => key.UnixMilliseconds % 3 == 0 ? Topic.Parse("orders") : null;
        _run.Store.OnScan = range => _scan.Read(range);
        Certificates.CertifyDay(_scan);
    }

    private MemoryCertificates Certificates => _run.Store.Certificates;

    private string Keys => Path.Combine(_directory.Path, "peers.keys");

    private string Head => Path.Combine(_directory.Path, "log.head");

    private string ProofFile => Path.Combine(_directory.Path, "event.proof");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_log_that_is_empty_is_said_to_be()
    {
        Certificates.Replace([], "");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify"));
        Assert.Equal("The log is empty: no interval has been sealed yet.", _run.Output.Trim());

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--keys", Keys));
        File.WriteAllText(Keys, File.ReadAllText(Keys).Replace($"{CertificateSample.Cluster}", $"{Guid.NewGuid()}", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify", "--keys", Keys));
        Assert.Contains($"and that of this cluster is alldata.orleans/{CertificateSample.Cluster}.", _run.Output + _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interval_that_is_as_certified_holds()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--interval", Day));
        Assert.Contains("The log holds: 2 certificates, its head signed by 2 of 3 peers (2 needed).", _run.Output, StringComparison.Ordinal);
        Assert.Contains("Interval 20251122T000000 holds: complete, version 1, 41 events, root ", _run.Output, StringComparison.Ordinal);

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--interval", Day, "--json"));
        var interval = Assert.Single(JsonElement.Parse(_run.Output).GetProperty("intervals").EnumerateArray());
        Assert.Equal(("20251122T000000", true, 41), (
            interval.GetProperty("interval").GetString(), interval.GetProperty("holds").GetBoolean(), interval.GetProperty("events").GetInt32()));
    }

    [Fact]
    public async Task A_scan_of_an_interval_says_its_state_and_whether_it_gave_these_events()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan", "--interval", Day));
        Assert.Matches("Sealed: version 1, complete, root [0-9a-f]{64}. These are its events.", _run.Error);
        _scan.Add(FakeScan.Key(70), "{}");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("scan", "--interval", Day, "--json"));
        var certificate = JsonElement.Parse(_run.Error).GetProperty("certificate");
        Assert.Equal(("complete", false), (certificate.GetProperty("state").GetString(), certificate.GetProperty("hasRoot").GetBoolean()));

        // A root is of one cluster's events: the store has more of them.
        Certificates.Others.Add(new ClusterCertificates("west", []));
        await _run.RunAsync("scan", "--interval", Day);
        Assert.DoesNotContain("Sealed", _run.Error, StringComparison.Ordinal);
        await _run.RunAsync("scan", "--interval", Day, "--scope", "cluster");
        Assert.Contains("Sealed", _run.Error, StringComparison.Ordinal);
        Certificates.Others.Clear();

        foreach (var args in new[] { new[] { "--interval", "20251123" }, ["--interval", Day, "--limit", "3"], ["--interval", Day, "--topic", "orders"] })
        {
            await _run.RunAsync(["scan", .. args]);
            Assert.DoesNotContain("Sealed", _run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Events_that_are_missing_changed_or_late_are_told_apart()
    {
        var events = _scan.Events.ToList();
        await ExpectAsync("Events are missing.", [.. events.Skip(1)]);
        await ExpectAsync("Events were changed.", [.. events.Skip(1), (events[0].Key, [1, 2, 3])]);
        await ExpectAsync("Events have come since", [.. events, (FakeScan.Key(77), [1])]);

        async Task ExpectAsync(string sentence, (EventKey Key, byte[] Payload)[] others)
        {
            var scan = new FakeScan { TopicOf = _scan.TopicOf };
            Array.ForEach(others, e => scan.Add(e.Key, e.Payload));
            _run.Store.OnScan = range => scan.Read(range);
            Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify", "--interval", Day));
            Assert.Contains(sentence, _run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task What_could_not_be_looked_at_is_a_doubt_and_not_a_success()
    {
        _scan.Doubts = [FakeScan.Doubt("west-c")];
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("verify", "--interval", Day));
        Assert.Contains("west-c could not be asked", _run.Output, StringComparison.Ordinal);

        _scan.Doubts = [];
        (Certificates.Texts, Certificates.Note) = ([], "");
        Certificates.CertifyDay(_scan, CertificateState.Unknown);
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("verify", "--interval", Day));
        Assert.Contains("says that something may be missing", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_interval_without_a_certificate_does_not_hold()
    {
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify", "--interval", "20251123"));
        Assert.Contains("It has no certificate.", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_was_changed_or_has_too_few_signatures_does_not_hold()
    {
        var texts = Certificates.Texts.ToList();
        Certificates.Texts = [texts[0], texts[1].Replace("topology 12", "topology 13", StringComparison.Ordinal)];
        await ExpectAsync("was changed or replaced");
        Certificates.Texts = [texts[1], texts[1]];
        await ExpectAsync("Entry 0 of the log is not a certificate that can stand there");
        Certificates.Texts = texts;
        Certificates.Note = Certificates.Note[..(Certificates.Note.TrimEnd().LastIndexOf('\n') + 1)];
        await ExpectAsync("1 of 3 trusted peers");
        Certificates.Note = "nothing";
        await ExpectAsync("signed note");

        async Task ExpectAsync(string sentence)
        {
            Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify"));
            Assert.Contains("The log does not hold: ", _run.Output, StringComparison.Ordinal);
            Assert.Contains(sentence, _run.Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Keys_that_were_seen_first_count_from_then_on()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--keys", Keys));
        Assert.Equal(3, LogTrust.Parse(await File.ReadAllTextAsync(Keys)).Peers.Length);

        // A cluster of other peers signs another log: by its own keys it is valid.
        Certificates.Peers = [4, 5, 6];
        var (texts, log) = CertificateSample.Log(3);
        (Certificates.Texts, Certificates.Note) = (texts, CertificateSample.Sign(log.Head, 4, 5, 6).ToString());
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify"));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify", "--keys", Keys));
        Assert.Contains("0 of 3 trusted peers", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_that_was_seen_must_be_continued()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--head", Head));
        var seen = await File.ReadAllTextAsync(Head);
        Assert.Equal(Certificates.Note, seen);

        var (texts, log) = CertificateSample.Log(1);
        (Certificates.Texts, Certificates.Note) = (texts, CertificateSample.Sign(log.Head, 1, 2).ToString());
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify", "--head", Head));
        Assert.Contains("the log is an older state", _run.Output, StringComparison.Ordinal);
        Assert.Equal(seen, await File.ReadAllTextAsync(Head));
    }

    [Fact]
    public async Task The_event_of_each_receipt_must_be_there()
    {
        var file = Path.Combine(_directory.Path, "receipts.ndjson");
        await WriteAsync(_scan.Events[0].Key, _scan.Events[30].Key);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--receipts", file));

        await WriteAsync(_scan.Events[0].Key, FakeScan.Key(99), FakeScan.Key(98));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("verify", "--receipts", file, "--interval", Day));
        Assert.Contains($"2 events that receipts name are not there, the first under {FakeScan.Key(98)}.", _run.Output, StringComparison.Ordinal);

        await WriteAsync(_scan.Events[0].Key, FakeScan.Key(5 * 86_400_000));
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("verify", "--receipts", file));
        Assert.Contains("1 event that receipts name lie in intervals without a certificate", _run.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "{\"key\":\"x\"}");
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("verify", "--receipts", file));

        Task WriteAsync(params EventKey[] keys) => File.WriteAllLinesAsync(file, keys.Select(static (key, i) => $$"""{"line":{{i}},"key":"{{key}}"}"""));
    }

    [Fact]
    public async Task A_proof_is_checked_without_a_cluster_and_each_kind_of_tampering_is_told()
    {
        await _run.RunAsync("verify", "--keys", Keys);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("prove", $"{_scan.Events[5].Key}", "--out", ProofFile));
        _run.ConnectFailure = new InvalidOperationException("There is no cluster.");
        var proof = await File.ReadAllTextAsync(ProofFile);

        Assert.Equal(ExitCodes.Done, await _run.RunAsync("prove", "--check", ProofFile, "--keys", Keys));
        Assert.Contains($"The proof holds: event {_scan.Events[5].Key}, SHA-256 ", _run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("prove", "--check", ProofFile));
        Assert.True(IndependentProofCheck.Holds(proof, [.. LogTrust.Parse(await File.ReadAllTextAsync(Keys)).Peers.Select(static p => $"{p.Key}")], 2));

        await ExpectAsync("payload eyJ4Ijo1", "payload eyJ4Ijo2", "The event's payload was changed");
        await ExpectAsync("\nleaf 5\n", "\nleaf 6\n", "The event is not leaf 6");
        await ExpectAsync("\ntopology 12\n", "\ntopology 13\n", "The certificate is not entry 1 of the log");
        await ExpectAsync("\nstate complete\n", "\nstate unknown\n", "contradicts itself");
        await ExpectAsync($"\n{CertificateSample.Origin}\n2\n", $"\n{CertificateSample.Origin}\n3\n", "the checkpoint or the signature was changed");

        async Task ExpectAsync(string part, string other, string sentence)
        {
            Assert.Contains(part, proof, StringComparison.Ordinal);
            await File.WriteAllTextAsync(ProofFile, proof.Replace(part, other, StringComparison.Ordinal));
            Assert.Equal(ExitCodes.Failed, await _run.RunAsync("prove", "--check", ProofFile, "--keys", Keys));
            Assert.Contains("The proof does not hold: ", _run.Output, StringComparison.Ordinal);
            Assert.Contains(sentence, _run.Output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("parquet", false)]
    [InlineData("parquet", true)]
    [InlineData("ndjson", false)]
    [InlineData("ndjson", true)]
    public async Task The_files_of_an_export_are_checked_without_a_cluster(string format, bool byTopic)
    {
        var (lake, certificate) = (Path.Combine(_directory.Path, "lake"), Path.Combine(_directory.Path, "day.certificate"));
        var receipts = Path.Combine(_directory.Path, "receipts.ndjson");
        _scan.Add(FakeScan.Key(60), [0xFF, 0x00]);
        (Certificates.Texts, Certificates.Note) = ([], "");
        Certificates.CertifyDay(_scan);
        _run.Store.Register("north-a");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--interval", Day, "--keys", Keys, "--certificate", certificate));
        await _run.RunAsync(["export", "--interval", Day, "--out", lake, "--format", format, .. byTopic ? new[] { "--by-topic" } : []]);
        _run.ConnectFailure = new InvalidOperationException("There is no cluster.");
        var files = Path.Combine(lake, "interval=20251122T000000");
        string[] verify = ["verify", "--offline", files, "--certificate", certificate];

        await File.WriteAllTextAsync(receipts, $$"""{"key":"{{_scan.Events[5].Key}}"}""");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync([.. verify, "--keys", Keys, "--receipts", receipts]));
        Assert.Contains("Interval 20251122T000000 holds: complete, version 1, 42 events", _run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync(verify));
        Assert.Contains("signatures of the head were not checked", _run.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(receipts, $$"""{"key":"{{FakeScan.Key(99)}}"}""");
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync([.. verify, "--keys", Keys, "--receipts", receipts]));

        // Another certificate of the same interval, and a byte of a file.
        var text = await File.ReadAllTextAsync(certificate);
        await File.WriteAllTextAsync(certificate, text.Replace("\nevents 42\n", "\nevents 43\n", StringComparison.Ordinal));
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync(verify));
        Assert.Contains("The certificate is not entry 1 of the log", _run.Output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(certificate, text);
        var part = Directory.EnumerateFiles(files, "part-*", SearchOption.AllDirectories).First();
        var bytes = await File.ReadAllBytesAsync(part);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(part, bytes);
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync(verify));
        Assert.Contains("was changed: its SHA-256 is not that of the manifest", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_with_other_events_than_are_certified_do_not_hold()
    {
        var (lake, certificate) = (Path.Combine(_directory.Path, "lake"), Path.Combine(_directory.Path, "day.certificate"));
        _run.Store.Register("north-a");
        await _run.RunAsync("verify", "--interval", Day, "--certificate", certificate);
        _scan.Add(FakeScan.Key(61), "{}");
        await _run.RunAsync("export", "--interval", Day, "--out", lake);
        Assert.Equal(
            ExitCodes.Failed, await _run.RunAsync("verify", "--offline", Path.Combine(lake, "interval=20251122T000000"), "--certificate", certificate));
        Assert.Contains("There are 42 events", _run.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("verify", "--offline", lake, "--certificate", certificate));
    }

    [Fact]
    public async Task Both_events_of_a_conflict_are_proven()
    {
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("prove", $"{FakeScan.Key(39)}", "--out", ProofFile));
        Assert.Equal(ExitCodes.InDoubt, await _run.RunAsync("prove", "--check", ProofFile));
        Assert.Equal(2, _run.Output.Split("The proof holds").Length - 1);
    }

    [Fact]
    public async Task What_is_not_there_or_not_certified_is_not_proven()
    {
        await ExpectAsync(FakeScan.Key(1_000), "is certified whole, and has no event");
        await ExpectAsync(FakeScan.Key(5 * 86_400_000), "has no certificate yet");
        _scan.Add(FakeScan.Key(50), "{}");
        await ExpectAsync(_scan.Events[0].Key, "is not what version 1 certifies");
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("prove"));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("prove", $"{FakeScan.Key(0)}", "--check", ProofFile));

        async Task ExpectAsync(EventKey key, string sentence)
        {
            Assert.Equal(ExitCodes.Failed, await _run.RunAsync("prove", $"{key}"));
            Assert.Contains(sentence, _run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_silo_that_gives_no_stored_payloads_is_no_reason_for_an_alarm()
    {
        _run.Store.OnScan = range => _scan.Read(range with { AsStored = false });
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("verify", "--interval", Day));
        Assert.Contains("an earlier version of the program", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sealing_says_what_is_missing_or_shows_the_certificate()
    {
        Assert.Equal(ExitCodes.Failed, await _run.RunAsync("seal", "--interval", Day));
        Assert.Contains("Peer north-c (3) has not answered.", _run.Error, StringComparison.Ordinal);

        SealOrder? order = null;
        Certificates.OnSeal = given =>
        {
            order = given;
            return new SealOutcome(SealStatus.Sealed, "", new CertificateEntry(1, Certificates.Texts[1]));
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("seal", "--interval", Day, "--accept-missing", "the disk burnt"));
        Assert.Equal("the disk burnt", order!.AcceptMissing);
        Assert.Equal(Certificates.Texts[1], _run.Output);
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("seal", "--interval", Day, "--accept-missing", new string('x', 201)));
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("seal"));
    }
}
