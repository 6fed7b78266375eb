using AllData.Certificates;
using AllData.Diagnostics;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Replication;
using AllData.Sealing;
using AllData.Storage.Certificates;
using AllData.Storage.Directories;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>Intervals are sealed without an order, and the log goes on when the silo that sealed is gone.</summary>
public sealed class SealingLoopTests
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Intervals_are_sealed_by_themselves_and_another_silo_takes_over()
    {
        var time = new ShiftedTime();
        await using var cluster = await StartAsync(time);
        var first = await PutAsync(cluster);
        time.Advance(4 * Length);
        await AwaitAsync(cluster, first, CertificateState.Complete);

        // The silo with the lowest ordinal sealed. Without it the next interval waits for its word, and the others seal what an order fixes.
        var sealing = cluster.Service<SealingPeer>("west-c").Current!.Value.Value;
        var others = AllDataCluster.Six[..4].Select(static p => p.Id).Where(p => p != sealing).ToList();
        var second = await PutAsync(cluster);
        time.Advance(4 * Length);
        await AwaitAsync(cluster, second, CertificateState.Complete);
        await cluster.KillAsync(sealing);
        await Eventually.Holds(
            "another peer seals", Bound, () => others.All(p => cluster.Service<SealingPeer>(p).Current is { } now && now.Value != sealing), () => sealing);
        var order = new SealOrder(second.Previous, AcceptMissing: null, EvenUnknown: true);
        var fixedNow = await Eventually.IsAsync(
            "an order is carried out by another silo", () => cluster.Service<IGrainFactory>(others[0]).GetCertificates().Seal(order),
            static o => o.Status == SealStatus.Sealed, Bound);
        Assert.Equal(CertificateState.Unknown, IntervalCertificate.Parse(fixedNow.Certificate!.Text).State);
        Assert.Equal(2, fixedNow.Certificate.Index);
    }

    [Fact]
    public async Task Where_the_first_in_order_cannot_use_its_log_the_next_one_seals_and_a_condition_says_so()
    {
        var time = new ShiftedTime();
        await using var cluster = await StartAsync(time);
        var broken = cluster.Service<SealingPeer>("west-c").Current!.Value.Value;
        await cluster.KillAsync(broken);
        var folder = Path.Combine(cluster.DataDirectoryOf(broken), StoredCertificateLog.Folder);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, StoredCertificateLog.EntriesName), "of a program that is not written yet");
        await cluster.RestartAsync(broken);
        var interval = await PutAsync(cluster);
        time.Advance(4 * Length);

        var sealing = AllDataCluster.Six[..4].Select(static p => p.Id).First(p => p != broken);
        await Eventually.IsAsync(
            $"interval {interval} is sealed", () => cluster.Service<IGrainFactory>(sealing).GetCertificates().GetCertificates(interval),
            static found => found.Entries is [.., var last] && IntervalCertificate.Parse(last.Text).State == CertificateState.Complete, Bound);
        Assert.Equal(broken, cluster.Service<SealingPeer>(sealing).Current!.Value.Value);
        Assert.Contains(cluster.Service<SiloConditions>(broken).Current, static c => c.Code == "certificates-unusable");
        Assert.DoesNotContain(cluster.Service<SiloConditions>(sealing).Current, static c => c.Code == "certificates-unusable");
    }

    [Fact]
    public async Task Where_the_first_in_order_can_only_read_its_disk_the_next_one_seals_until_it_can_be_written_again()
    {
        var time = new ShiftedTime();
        await using var cluster = await StartAsync(time);
        var full = cluster.Service<SealingPeer>("west-c").Current!.Value.Value;
        var first = await PutAsync(cluster);
        time.Advance(4 * Length);
        await AwaitAsync(cluster, first, CertificateState.Complete);

        // Directories in the places of the files that a write begins with: the log can be read and not written.
        var folder = Path.Combine(cluster.DataDirectoryOf(full), StoredCertificateLog.Folder);
        string[] places =
        [
            .. new[] { StoredCertificateLog.SignedName, StoredCertificateLog.HeadName, StoredCertificateLog.AttemptName }
                .Select(name => Path.Combine(folder, DurableFiles.TemporaryOf(name))),
        ];
        Array.ForEach(places, static place => Directory.CreateDirectory(place));
        var second = await PutAsync(cluster);
        time.Advance(4 * Length);
        await AwaitAsync(cluster, second, CertificateState.Complete);
        Assert.True((await cluster.Service<Cosigner>(full).GetStandingAsync()).IsReadOnly);
        Assert.Contains(cluster.Service<SiloConditions>(full).Current, static c => c.Code == "certificates-unusable");

        Array.ForEach(places, Directory.Delete);
        await Eventually.IsAsync(
            "it can be written again", () => cluster.Service<Cosigner>(full).GetStandingAsync(), static standing => !standing.IsReadOnly, Bound);
        Assert.DoesNotContain(cluster.Service<SiloConditions>(full).Current, static c => c.Code == "certificates-unusable");
    }

    private static Task<AllDataCluster> StartAsync(ShiftedTime time) => AllDataCluster.StartAsync(
        AllDataCluster.Six[..4],
        static (_, options) =>
        {
            options.IntervalLength = Length;
            options.Maintenance.CloseCheck = TimeSpan.FromMilliseconds(200);
            options.Maintenance.ClockTrust = TimeSpan.FromMilliseconds(1);
            options.Sealing.Enabled = true;
            options.Sealing.Settle = TimeSpan.Zero;
            options.Sealing.Check = TimeSpan.FromMilliseconds(300);
        },
        time);

    private static async Task<Interval> PutAsync(AllDataCluster cluster)
    {
        var receipt = await cluster.Client.GetPutCoordinator().Put(EventPayload.FromText("""{"n":1}"""), new PutOptions { Level = CommitLevel.All });
        return Interval.Containing(receipt.Key.UnixMilliseconds, Length);
    }

    private static Task AwaitAsync(AllDataCluster cluster, Interval interval, CertificateState state) => Eventually.IsAsync(
        $"interval {interval} is sealed", () => cluster.Client.GetCertificates().GetCertificates(interval),
        found => found.Entries is [.., var last] && IntervalCertificate.Parse(last.Text).State == state, Bound);
}
