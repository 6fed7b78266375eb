using AllData.Certificates;
using AllData.Configuration;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Certificates;
using AllData.Replication;
using AllData.Reports;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;
using AllData.Tests.Unit.Federation;

namespace AllData.Tests.Cluster;

/// <summary>In a store of two clusters each seals what its own peers hold, in a log of its own, whether the other can be reached or not.</summary>
public sealed class SealedClustersTests : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly ShiftedTime _time = new();
    private TwoClusters _store = null!;

    private AllDataCluster North => _store.North;

    private AllDataCluster West => _store.West;

    public async Task InitializeAsync()
    {
        _store = await TwoClusters.StartAsync(
            static options =>
            {
                options.Maintenance.CloseCheck = TimeSpan.FromMilliseconds(200);

                // The clock is set ahead here, which otherwise makes closing wait.
                options.Maintenance.ClockTrust = TimeSpan.FromMilliseconds(1);
            },
            Length,
            _time);
        await TwoClusters.AwaitLinkAsync(North, "north-a", LinkState.Up, peers: 4);
        await TwoClusters.AwaitLinkAsync(North, "north-b", LinkState.Up, peers: 4);
        await TwoClusters.AwaitLinkAsync(West, "west-a", LinkState.Up, peers: 4);
        await TwoClusters.AwaitLinkAsync(West, "west-b", LinkState.Up, peers: 4);
    }

    public async Task DisposeAsync() => await _store.DisposeAsync();

    [Fact]
    public async Task Each_cluster_seals_what_its_peers_hold_and_one_that_was_cut_off_certifies_later_what_comes_home()
    {
        await PutAsync(North, "north-b", 20, CommitLevel.All);
        var key = await PutAsync(West, "west-a", 15, CommitLevel.All);
        var first = await PassAsync(key);
        var (north, west) = (await SealedAsync(North, first), await SealedAsync(West, first));
        foreach (var (cluster, peers, certificate) in new[] { (North, Norths, north), (West, Wests, west) })
        {
            Assert.Equal((CertificateState.Complete, 1), (certificate.State, certificate.Version));
            Assert.Equal(await CountAsync(cluster, peers, first), (certificate.Content.Events, certificate.Content.Root.ToString()));
            Assert.Equal(peers, certificate.Answered.Select(static a => a.Peer.Value).Order(StringComparer.Ordinal));
            Assert.Equal((FederationSample.Store, true), (certificate.Store, certificate.Coordinators.All(c => c.Ordinal < 600 == (cluster == North))));
        }

        // Two logs: none has what the other has signed.
        Assert.Equal(
            (FederationSample.Store, LogIdentity.Of(FederationSample.Store, FederationSample.Store, 1)), (north.Cluster, west.Cluster));
        await CheckLogAsync(North, north.Cluster);
        await CheckLogAsync(West, west.Cluster);
        var both = await North.Client.GetCertificates().GetSealedByCluster(from: null, count: 10);
        Assert.Equal(["north", "west"], both.Select(static of => of.Cluster));
        Assert.All(both, of => Assert.Equal((null, first), (of.Failure, Assert.Single(of.Sealed).Interval)));

        // North goes on alone: what it owes to west does not keep it from certifying what it holds.
        await TwoClusters.CloseAsync(_store.WestPort);
        await TwoClusters.CloseAsync(_store.NorthPort);
        await TwoClusters.AwaitLinkAsync(North, "north-a", LinkState.CutOff, peers: 2);
        var second = await PassAsync(await PutAsync(North, "north-a", 10, CommitLevel.Quorum));
        var alone = await SealedAsync(North, second);
        Assert.Equal((CertificateState.Complete, 10L), (alone.State, alone.Content.Events));
        var before = await SealedAsync(West, second);
        Assert.Equal((CertificateState.Complete, 0L), (before.State, before.Content.Events));
        var cut = await North.Service<IGrainFactory>("north-a").GetCertificates().GetSealedByCluster(second, count: 10);
        Assert.Equal((second, true), (Assert.Single(cut[0].Sealed).Interval, cut[1] is { Sealed.IsEmpty: true, Failure.Length: > 0 }));

        // What it keeps for west alone is among its events, too, and lacks no copy here.
        var third = await PassAsync(await PutAsync(North, "north-b", 5, CommitLevel.Quorum));
        var kept = TestBlocks.Form(
            new BlockId(600, 1, 5), given: true, [(EventKey.FirstAt(third.StartUnixMilliseconds + 7), "{}")], FederationSample.Store, copies: 2, 600, 601);
        Assert.Equal(AppendStatus.Stored, (await North.Service<HostedPeer>("north-a").Store!.RestoreAsync(kept)).Status);
        var withKept = await SealedAsync(North, third);
        Assert.Equal((CertificateState.Complete, 6L, 1L, 0L), (withKept.State, withKept.Content.Events, withKept.Copies.Relaxed, withKept.Unnumbered));

        // What comes home is late there, and nothing else.
        await _store.OpenWestAsync("west-b");
        await _store.OpenNorthAsync("north-b");
        await Eventually.IsAsync(
            "west holds what north owes it", () => CountAsync(West, Wests, second), static counted => counted.Events == 10, Bound);
        var after = await Eventually.IsAsync(
            "west certifies what came late", () => SealedAsync(West, second), static certificate => certificate.Version > 1, Bound);
        Assert.Equal((CertificateState.Complete, 2, alone.Content), (after.State, after.Version, after.Content));
        await CheckLogAsync(West, west.Cluster);
        Assert.Equal(alone.Version, (await SealedAsync(North, second)).Version);
    }

    private static string[] Norths { get; } = ["north-a", "north-b"];

    private static string[] Wests { get; } = ["west-a", "west-b"];

    private static async Task<EventKey> PutAsync(AllDataCluster cluster, string peer, int events, CommitLevel level)
    {
        var key = default(EventKey);
        for (var i = 0; i < events; i++)
        {
            key = (await cluster.CoordinatorOn(peer).Put(EventPayload.FromText($$"""{"at":"{{peer}}","n":{{i}}}"""), new PutOptions { Level = level })).Key;
        }

        return key;
    }

    private async Task<Interval> PassAsync(EventKey key)
    {
        var interval = Interval.Containing(key.UnixMilliseconds, Length);
        _time.Advance(4 * Length);
        await Eventually.Holds(
            "waiting until every silo takes the interval to be over", Bound,
            () => Norths.All(peer => IsOver(North, peer, interval)) && Wests.All(peer => IsOver(West, peer, interval)), () => "not over");
        return interval;
    }

    private static bool IsOver(AllDataCluster cluster, string peer, Interval interval) => cluster.Service<ClusterClock>(peer).WhyNotOver(interval) is null;

    private static async Task<IntervalCertificate> SealedAsync(AllDataCluster cluster, Interval interval)
    {
        var outcome = await Eventually.IsAsync(
            $"interval {interval} is sealed", () => SealAsync(cluster, interval), static outcome => outcome.Status != SealStatus.NotSealed, Bound);
        return IntervalCertificate.Parse(outcome.Certificate!.Text);
    }

    private static async Task<SealOutcome> SealAsync(AllDataCluster cluster, Interval interval)
    {
        var outcome = default(SealOutcome);
        await Eventually.Succeeds(
            "an order to seal is carried out", Bound, async () => outcome = await cluster.Client.GetCertificates().Seal(new SealOrder(interval)));
        return outcome!;
    }

    private static Task<(long Events, string Root)> CountAsync(AllDataCluster cluster, string[] peers, Interval interval) =>
        IndependentCount.OfAsync(peers.Select(peer => cluster.Service<HostedPeer>(peer).Store!), interval);

    private static async Task CheckLogAsync(AllDataCluster cluster, Guid id)
    {
        var log = await cluster.Client.GetCertificates().GetEntries(0, 10);
        var trust = LogSigners.TrustOf(id, await cluster.Client.GetPeerRegistry().GetTopology(), minZones: 1, out _)!;
        Assert.Equal((id, trust.Origin), (log.Head.Cluster, SignedCheckpoint.Parse(log.Head.Note).Head.Origin));
        Assert.Empty(CertificateLogCheck.FaultsOf([.. log.Entries.Select(static e => e.Text)], SignedCheckpoint.Parse(log.Head.Note), trust));
    }
}
