using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Events;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Client;

/// <summary><c>export --follow</c>, against a store in memory.</summary>
public sealed class FollowingExportTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(60);

    private readonly ExportBench _bench = new();
    private readonly CancellationTokenSource _stop = new();

    public FollowingExportTests()
    {
        Directory.CreateDirectory(_bench.Out);
        _bench.Scan.AddMany(20);
        _bench.Run.Cancellation = _stop.Token;
    }

    private MemoryCertificates Certificates => _bench.Run.Store.Certificates;

    public void Dispose()
    {
        _bench.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task What_is_sealed_meanwhile_is_exported_and_a_new_version_beside_the_former()
    {
        var following = FollowAsync();
        Certificates.CertifyDay(_bench.Scan);
        await AwaitAsync(1);
        var first = await File.ReadAllTextAsync(Path.Combine(VersionOf(1), ExportManifest.FileName));

        Supplement();
        await AwaitAsync(2);
        await EndAsync(following);
        Assert.Equal((20, 21), (_bench.Manifest(VersionOf(1)).Events, _bench.Manifest(VersionOf(2)).Events));
        Assert.Equal(first, await File.ReadAllTextAsync(Path.Combine(VersionOf(1), ExportManifest.FileName)));
        Assert.Equal(2, _bench.Scans.Count(static range => !range.AsStored));

        // Another process finds them, and reads nothing.
        using var stop = new CancellationTokenSource();
        _bench.Run.Cancellation = stop.Token;
        var before = _bench.Run.Time.Waits.Count;
        following = FollowAsync();
        await Eventually.Holds("it has looked", Bound, () => _bench.Run.Time.Waits.Count > before + 10, () => "no look");
        await stop.CancelAsync();
        Assert.Equal(ExitCodes.Interrupted, await following.WaitAsync(Bound));
        Assert.Equal(2, _bench.Scans.Count(static range => !range.AsStored));
    }

    [Fact]
    public async Task Damage_and_a_directory_that_is_not_there_are_said_and_do_not_end_it()
    {
        Certificates.CertifyDay(_bench.Scan);
        var damaged = new FakeScan().AddMany(19);
        _bench.Run.Store.OnScan = range => damaged.Read(range);
        Directory.Delete(_bench.Out);
        var following = FollowAsync();
        var waits = _bench.Run.Time.Waits;
        await Eventually.Holds("it has looked", Bound, () => waits.Count > 3, () => "no look");
        Assert.False(Directory.Exists(_bench.Out));
        Directory.CreateDirectory(_bench.Out);
        var seen = waits.Count;
        await Eventually.Holds("it has looked again", Bound, () => waits.Count > seen + 3, () => "no look");
        Assert.False(Directory.Exists(VersionOf(1)));
        _bench.Run.Time.TakesTime = true;
        _bench.Run.Store.OnScan = range => _bench.Scan.Read(range);
        await AwaitAsync(1);
        await EndAsync(following);
        Assert.Contains("is not there, and nothing is exported until it is", _bench.Run.Error, StringComparison.Ordinal);
        Assert.Contains("This is damage", _bench.Run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_does_not_continue_what_was_read_ends_it()
    {
        Certificates.CertifyDay(_bench.Scan);
        var following = FollowAsync();
        await AwaitAsync(1);
        var (texts, log) = CertificateSample.Log(3);
        Certificates.Replace(texts, CertificateSample.Sign(log.Head, 1, 2).ToString());
        Assert.Equal(ExitCodes.NotCertified, await following.WaitAsync(Bound));
    }

    [Fact]
    public async Task An_interval_that_was_exported_without_versions_is_left_alone()
    {
        Certificates.CertifyDay(_bench.Scan);
        _bench.Run.Cancellation = default;
        await _bench.ExportDayAsync();
        _bench.Run.Cancellation = _stop.Token;
        var before = _bench.Run.Time.Waits.Count;
        var following = FollowAsync();
        await Eventually.Holds("it has looked", Bound, () => _bench.Run.Time.Waits.Count > before + 3, () => "no look");
        await EndAsync(following);
        Assert.Contains("was exported without --follow", _bench.Run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(VersionOf(1)));
    }

    [Theory]
    [InlineData("--follow")]
    [InlineData("--follow", "--require", "complete", "--interval", "20251122")]
    [InlineData("--follow", "--require", "complete", "--to", "20251122")]
    [InlineData("--follow", "--require", "complete", "--overwrite")]
    public async Task It_has_no_end(params string[] args) =>
        Assert.Equal(ExitCodes.Usage, await _bench.Run.RunAsync(["export", "--out", _bench.Out, .. args]));

    private void Supplement()
    {
        _bench.Scan.Add(FakeScan.Key(900), "{\"late\":1}");
        var tree = new IntervalTree();
        foreach (var (key, payload) in _bench.Scan.Events.OrderBy(static e => e.Key))
        {
            tree.Add(key, payload, topic: null);
        }

        var log = new CertificateLog(CertificateSample.Origin);
        Certificates.Texts.ForEach(text => log.Append(IntervalCertificate.Parse(text)));
        var next = IntervalCertificate.Parse(Certificates.Texts[^1]) with { Version = 2, Content = tree.Complete(), Previous = log.Last };
        log.Append(next);
        Certificates.Replace([.. Certificates.Texts, next.Text], CertificateSample.Sign(log.Head, 1, 3).ToString());
    }

    private string VersionOf(int version) => Path.Combine(_bench.Day1Directory, $"version={version}");

    private Task<int> FollowAsync() => Task.Run(() => _bench.Run.RunAsync(
        "export", "--follow", "--require", "complete", "--from", "20251122", "--out", _bench.Out));

    private Task AwaitAsync(int version) => Eventually.Holds(
        $"version {version} is exported", Bound, () => Directory.Exists(VersionOf(version)), () => "it is not there");

    private async Task EndAsync(Task<int> following)
    {
        await _stop.CancelAsync();
        Assert.Equal(ExitCodes.Interrupted, await following.WaitAsync(Bound));
    }
}
