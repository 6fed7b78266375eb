using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Encryption;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Reading;
using AllData.Replication;
using AllData.Tests.Support;
using AllData.Tests.Unit.Client;
using Microsoft.Extensions.DependencyInjection;

namespace AllData.Tests.Cluster;

/// <summary>Sealed intervals are exported, archived and restored in clusters of real silos and stores that encrypt.</summary>
public sealed class ArchivedIntervalTests : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly ShiftedTime _time = new();
    private readonly TemporaryDirectory _directory = new();
    private AllDataCluster _cluster = null!;
    private Interval _interval;

    public async Task InitializeAsync()
    {
        // All events lie in one interval.
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        _time.Advance(TimeSpan.FromMilliseconds(Interval.Containing(now, Length).EndUnixMilliseconds - now + 1_000));
        _cluster = await StartAsync(_time);
        for (var i = 0; i < 60; i++)
        {
            _interval = Interval.Containing((await PutAsync(i)).Key.UnixMilliseconds, Length);
        }

        await EndIntervalAsync(_cluster, _time);
        await SealAsync(_cluster);
    }

    public async Task DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task An_interval_is_exported_archived_and_restored_to_an_empty_cluster()
    {
        var (lake, archive, keys) = (At("lake"), At("archive"), At("peers.keys"));
        var name = $"interval={_interval}";
        await RunAsync(_cluster, "verify", "--keys", keys);
        await RunAsync(_cluster, "export", "--interval", $"{_interval}", "--out", lake, "--require", "complete", "--keys", keys);
        var exported = ExportManifest.TryRead(Path.Combine(lake, name))!;
        Assert.Equal((60, false, CertificateState.Complete), (exported.Events, exported.Certificate!.RootOfFiles, exported.Certificate.State));
        await RunAsync(_cluster, "archive", "--interval", $"{_interval}", "--to", archive, "--keys", keys);
        await RunAsync(_cluster, "verify", "--offline", Path.Combine(archive, name), "--keys", keys);

        // Clocks that are far ahead when a cluster starts keep its silos from joining.
        var time = new ShiftedTime();
        await using var other = await StartAsync(time);
        await EndIntervalAsync(other, time);

        // All peers have promised to take no puts of it: that is no obstacle to what repair does.
        Assert.Equal(0, (await SealAsync(other)).Content.Events);
        await RestoreAsync(other);
        var again = await RestoreAsync(other);
        Assert.Contains("60 events archived, 0 sent, 0 missing now.", again, StringComparison.Ordinal);
        Assert.Equal(await ReadAsync(_cluster), await ReadAsync(other));
        var certificate = await Eventually.IsAsync(
            "what was restored is certified, with all copies", () => SealAsync(other), static c => c.Version > 1, Bound);
        Assert.Equal(exported.Certificate.Root, certificate.Content.Root);

        Task<string> RestoreAsync(AllDataCluster to) => RunAsync(to, "restore", "--from", Path.Combine(archive, name), "--keys", keys);
    }

    private string At(string name) => Path.Combine(_directory.Path, name);

    private static Task<AllDataCluster> StartAsync(ShiftedTime time) => AllDataCluster.StartAsync(
        AllDataCluster.Six[..3],
        (_, options) =>
        {
            options.IntervalLength = Length;
            options.Replication.Factor = 2;
            options.Maintenance.CloseCheck = TimeSpan.FromMilliseconds(200);
            options.Maintenance.ClockTrust = TimeSpan.FromMilliseconds(1);
        },
        time,
        services: static services => services.AddSingleton<IPayloadKeyProvider>(new TestKeys(TestKeys.Key(1))));

    private Task<PutReceipt> PutAsync(int number) => _cluster.Client.GetPutCoordinator().Put(
        EventPayload.FromText($"{{\"n\":{number}}}"), new PutOptions { Level = CommitLevel.All, Topic = number % 3 == 0 ? Topic.Parse("orders") : null });

    private async Task EndIntervalAsync(AllDataCluster cluster, ShiftedTime time)
    {
        time.Advance(5 * Length);
        await Eventually.Holds(
            "waiting until every silo takes the interval to be over", Bound,
            () => AllDataCluster.Six[..3].All(peer => cluster.Service<ClusterClock>(peer.Id).WhyNotOver(_interval) is null), () => "not over");
    }

    private async Task<IntervalCertificate> SealAsync(AllDataCluster cluster)
    {
        var certificate = default(IntervalCertificate);
        await Eventually.Succeeds("the interval is sealed as complete", Bound, async () =>
        {
            var outcome = await cluster.Client.GetCertificates().Seal(new SealOrder(_interval));
            certificate = outcome.Certificate is { } entry ? IntervalCertificate.Parse(entry.Text) : null;
            Assert.True(certificate?.State == CertificateState.Complete, outcome.Reason);
        });
        return certificate!;
    }

    private async Task<string[]> ReadAsync(AllDataCluster cluster)
    {
        var events = new List<string>();
        await foreach (var e in cluster.Client.CreateEventReader().Scan(new ScanRange { From = _interval.FirstKey, To = _interval.EndKey }))
        {
            events.Add($"{e.Key} {e.Topic} {Convert.ToHexString(e.Payload.Span)}");
        }

        Assert.Equal(60, events.Count);
        return [.. events];
    }

    private static async Task<string> RunAsync(AllDataCluster cluster, params string[] args)
    {
        var run = new ClientRun { Grains = cluster.Client };
        var code = await run.RunAsync(args);
        Assert.True(code == ExitCodes.Done, $"{string.Join(' ', args)} ended with {code}: {run.Output} {run.Error}");
        return run.Output;
    }
}
