using System.Text.Json;
using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Errors;
using AllData.Events;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Client;

/// <summary><c>archive</c> and <c>restore</c>, against a store in memory.</summary>
public sealed class ArchiveTests : IDisposable
{
    private const string Day = "20251122";

    private static readonly Topic Orders = Topic.Parse("orders");

    private readonly TemporaryDirectory _directory = new();
    private readonly ClientRun _run = new();
    private readonly FakeScan _scan = new FakeScan { PageEvents = 7 }.AddMany(2_500);

    public ArchiveTests()
    {
        _scan.Add(FakeScan.Key(39), "\"another\"").Add(FakeScan.Key(39), "\"a third\"").Add(FakeScan.Key(5_000), [0xFF, 0]);
        _scan.TopicOf = static key => key.UnixMilliseconds % 3 == 0 ? Orders : null;
        _scan.StoredForm = static payload => payload.Length % 2 == 0 ? [.. StoredMark.Bytes, 1, .. payload] : payload;
        _run.Store.OnScan = range => _scan.Read(range);
        _run.Store.Certificates.CertifyDay(_scan);
    }

    private string To => Path.Combine(_directory.Path, "archive");

    private string Archived => Path.Combine(To, "interval=20251122T000000");

    private string Keys => Path.Combine(_directory.Path, "peers.keys");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task An_archive_has_the_events_as_they_are_stored_and_is_verified_without_a_cluster()
    {
        await ArchiveAsync();
        var manifest = ExportManifest.TryRead(Archived)!;
        Assert.Equal((ExportFormat.Stored, 2_503, true, true), (manifest.Format, manifest.Events, manifest.Complete, manifest.Certificate!.RootOfFiles));
        Assert.Equal(
            _scan.Events.OrderBy(static e => e.Key).Select(e => (e.Key, Convert.ToHexString(_scan.StoredForm(e.Payload)), _scan.TopicOf(e.Key))),
            manifest.Files.SelectMany(f => StoredRecords.Read(Path.Combine(Archived, f.Name)))
                .Select(static r => (r.Key, Convert.ToHexString(r.Payload), r.Topic)));

        var reads = 0;
        _run.Store.OnScan = range =>
        {
            reads++;
            return _scan.Read(range);
        };
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("archive", "--interval", Day, "--to", To));
        Assert.Contains("exported before, not read again", _run.Output, StringComparison.Ordinal);
        Assert.Equal(0, reads);
        _run.ConnectFailure = new InvalidOperationException("There is no cluster.");
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("verify", "--offline", Archived, "--keys", Keys));
    }

    [Fact]
    public async Task What_is_not_sealed_or_not_as_certified_is_not_archived()
    {
        _scan.Add(FakeScan.Key(6_000), "{}");
        Assert.Equal(ExitCodes.NotCertified, await _run.RunAsync("archive", "--interval", Day, "--to", To));
        (_run.Store.Certificates.Texts, _run.Store.Certificates.Note) = ([], "");
        _run.Store.Certificates.CertifyDay(_scan, CertificateState.Unknown);
        Assert.Equal(ExitCodes.NotCertified, await _run.RunAsync("archive", "--interval", Day, "--to", To));
        Assert.Equal(ExitCodes.NotCertified, await _run.RunAsync("archive", "--interval", "20251123", "--to", To));
        Assert.Empty(Directory.GetFileSystemEntries(To));
        for (var times = 0; times < 2; times++)
        {
            Assert.Equal(ExitCodes.Done, await _run.RunAsync("archive", "--interval", Day, "--to", To, "--require", "unknown"));
            Assert.Contains("not complete, as version 1 of its certificate (unknown)", _run.Output, StringComparison.Ordinal);
        }

        Assert.Contains("exported before, not read again", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_is_missing_is_sent_with_its_topic_and_each_event_of_a_conflict()
    {
        await ArchiveAsync();
        var other = Restoring(_scan.Events.Where(static (_, i) => i % 2 == 0));
        Assert.Equal(ExitCodes.Done, await RestoreAsync());
        Assert.Contains("2,503 events archived, 1,251 sent, 0 missing now.", _run.Output, StringComparison.Ordinal);
        Assert.Contains("The cluster has the archived interval with root ", _run.Error, StringComparison.Ordinal);
        Assert.Equal(
            _scan.Events.Select(e => (e.Key, Convert.ToHexString(_scan.StoredForm(e.Payload)))).Order(),
            other.Events.Select(static e => (e.Key, Convert.ToHexString(e.Payload))).Order());

        Assert.Equal(ExitCodes.Done, await RestoreAsync("--json"));
        var json = JsonElement.Parse(_run.Output);
        Assert.Equal((0, 0, true), (json.GetProperty("sent").GetInt32(), json.GetProperty("others").GetInt32(), json.GetProperty("hasRoot").GetBoolean()));
    }

    [Fact]
    public async Task A_restore_that_was_interrupted_goes_on_where_it_was()
    {
        await ArchiveAsync();
        Restoring([]);
        var (restore, calls) = (_run.Store.OnRestore, 0);
        _run.Store.OnRestore = (batch, topic) => ++calls == 3 ? throw new InvalidEventException("The cluster has no more room.") : restore(batch, topic);
        Assert.Equal(ExitCodes.Failed, await RestoreAsync());
        _run.Store.OnRestore = restore;
        Assert.Equal(ExitCodes.Done, await RestoreAsync());
        Assert.DoesNotContain("2,503 sent", _run.Output, StringComparison.Ordinal);
        Assert.Contains(" 0 missing now.", _run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_that_only_the_cluster_has_stay_and_are_told()
    {
        await ArchiveAsync();
        Restoring([.. _scan.Events.Skip(10), (FakeScan.Key(1), [1]), (FakeScan.Key(9_000), [2])]);
        Assert.Equal(ExitCodes.Done, await RestoreAsync());
        Assert.Contains("All of the archive is there, and 2 events besides", _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cluster_that_takes_nothing_is_told()
    {
        await ArchiveAsync();
        Restoring([]);
        _run.Store.OnRestore = static (_, _) => FakeStore.Peer;
        Assert.Equal(ExitCodes.Failed, await RestoreAsync());
        Assert.Contains("Not all of the archive is there.", _run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("part-00000.stored", "was changed")]
    [InlineData("_certificate.txt", "The certificate is not entry 1 of the log")]
    public async Task What_was_changed_in_the_archive_is_not_restored(string file, string sentence)
    {
        await ArchiveAsync();
        var path = Path.Combine(Archived, file);
        var bytes = await File.ReadAllBytesAsync(path);
        if (file.StartsWith('_'))
        {
            bytes[bytes.AsSpan().IndexOf("topology 12"u8) + 10]++;
        }
        else
        {
            bytes[^1] ^= 1;
        }

        await File.WriteAllBytesAsync(path, bytes);
        _run.ConnectFailure = new InvalidOperationException("The cluster was asked.");
        Assert.Equal(ExitCodes.Failed, await RestoreAsync());
        Assert.Contains(sentence, _run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_of_an_export_are_not_restored()
    {
        _run.Store.Register("north-a");
        _scan.StoredForm = static payload => payload;
        await _run.RunAsync("export", "--interval", Day, "--out", To);
        Assert.Equal(ExitCodes.Usage, await _run.RunAsync("restore", "--from", Archived));
    }

    private async Task ArchiveAsync()
    {
        await _run.RunAsync("verify", "--keys", Keys);
        Assert.Equal(ExitCodes.Done, await _run.RunAsync("archive", "--interval", Day, "--to", To, "--keys", Keys));
    }

    private Task<int> RestoreAsync(params string[] more) => _run.RunAsync(["restore", "--from", Archived, "--keys", Keys, .. more]);

    // Another cluster, which has some of the events and takes others.
    private FakeScan Restoring(IEnumerable<(EventKey Key, byte[] Payload)> events)
    {
        var other = new FakeScan { PageEvents = 7, TopicOf = _scan.TopicOf };
        foreach (var (key, payload) in events)
        {
            other.Add(key, _scan.StoredForm(payload));
        }

        _run.Store.OnScan = range => other.Read(range);
        _run.Store.OnRestore = (batch, topic) =>
        {
            var last = default(EventKey);
            for (var reader = batch.GetReader(); reader.MoveNext(); last = reader.Current.Key)
            {
                Assert.True(reader.Current.Key > last, "The keys of a batch are not strictly ascending.");
                Assert.Equal(_scan.TopicOf(reader.Current.Key), topic);
                lock (other)
                {
                    other.Add(reader.Current.Key, reader.Current.Payload.ToArray());
                }
            }

            return FakeStore.Peer;
        };
        return other;
    }
}
