using AllData.Certificates;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Replication;
using AllData.Tests.Support;

namespace AllData.Tests.Cluster;

/// <summary>A silo whose peer stores nothing has no log of certificates; clients that it serves are answered all the same.</summary>
public sealed class CoordinatorOnlySealingTests
{
    private const string Storing = "north-a";
    private const string Coordinating = "west-c";

    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Through_a_coordinator_only_silo_intervals_are_sealed_and_the_log_is_read()
    {
        var time = new ShiftedTime();
        await using var cluster = await AllDataCluster.StartAsync(
            AllDataCluster.Six[..3],
            static (peer, options) =>
            {
                options.IntervalLength = Length;
                options.Replication.Factor = 2;
                options.Peer.Stores = peer.Id != Coordinating;

                // The clock is set ahead here, which otherwise makes closing wait.
                options.Maintenance.ClockTrust = TimeSpan.FromMilliseconds(1);
            },
            time);
        var receipt = await cluster.CoordinatorOn(Coordinating).Put(EventPayload.FromText("{}"), new PutOptions { Level = CommitLevel.All });
        var interval = Interval.Containing(receipt.Key.UnixMilliseconds, Length);
        time.Advance(4 * Length);
        await Eventually.Holds(
            "waiting until every silo takes the interval to be over", Bound,
            () => AllDataCluster.Six[..3].All(peer => cluster.Service<ClusterClock>(peer.Id).WhyNotOver(interval) is null), () => "not over");

        var certificates = cluster.Service<IGrainFactory>(Coordinating).GetCertificates();
        var outcome = default(SealOutcome);
        await Eventually.IsAsync(
            "the interval is sealed",
            async () =>
            {
                await Eventually.Succeeds("an order is carried out", Bound, async () => outcome = await certificates.Seal(new SealOrder(interval)));
                return outcome!.Status;
            },
            static status => status != SealStatus.NotSealed,
            Bound);
        var certificate = IntervalCertificate.Parse(outcome!.Certificate!.Text);
        Assert.Equal((CertificateState.Complete, 1L, 3), (certificate.State, certificate.Content.Events, certificate.Answered.Length));

        // The signing silo is the first to have it.
        await Eventually.IsAsync("the log is read", async () => (await certificates.GetHead()).Size, static size => size == 1, Bound);
        Assert.Equal(outcome.Certificate.Text, Assert.Single((await certificates.GetEntries(0, 10)).Entries).Text);
        Assert.Single((await certificates.GetCertificates(interval)).Entries);
        Assert.Equal(interval, Assert.Single(await certificates.GetSealed(from: null, count: 10)).Interval);
        Assert.Equal(interval, Assert.Single(Assert.Single(await certificates.GetSealedByCluster(from: null, count: 10)).Sealed).Interval);

        await cluster.KillAsync(Storing);
        await Eventually.Succeeds("another storing peer answers", Bound, async () => Assert.Equal(1, (await certificates.GetHead()).Size));
    }
}
