using System.Collections.Immutable;
using System.Net;
using AllData.Configuration;
using AllData.Membership;
using AllData.Peers;
using AllData.Placement;
using AllData.Protocol.Keys;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Storage.Opening;
using AllData.Tests.Support;
using AllData.Tests.Unit.Links;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Membership;

/// <summary>Where the keys of a new data directory begin: behind the clocks of those that were there.</summary>
public sealed class ClockWatchTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    [Fact]
    public async Task They_begin_behind_the_latest_of_the_others_clocks_and_a_silo_that_is_silent_does_not_count()
    {
        var watch = Watch(new() { ["north-b"] = Now + 700, ["north-c"] = Now + 900, ["north-d"] = null }, "north-b", "north-c", "north-d");

        Assert.Equal(Now + 900, await watch.FindLatestAsync(SnapshotSample.North(1, "north-a", "north-b", "north-c", "north-d")));
    }

    [Fact]
    public async Task The_first_peer_of_a_store_begins_with_its_own_clock() =>
        Assert.Equal(0, await Watch([]).FindLatestAsync(SnapshotSample.North(1, "north-a")));

    [Fact]
    public async Task Where_no_other_silo_answers_they_begin_as_far_ahead_as_a_clock_may_be_behind()
    {
        var found = Watch([], "north-b").FindLatestAsync(SnapshotSample.North(1, "north-a", "north-b", "north-c"));
        await Eventually.Holds(
            "it gives up", TimeSpan.FromSeconds(30),
            () =>
            {
                _time.Advance(TimeSpan.FromMilliseconds(250));
                return found.IsCompleted;
            },
            () => $"{_time.GetUtcNow()}");

        Assert.InRange(await found, Now, Now + SuppliedKeyRules.ClockTolerance);
    }

    private ClockWatch Watch(Dictionary<string, long?> clocks, params string[] alive)
    {
        var options = new AllDataOptions { Peer = new PeerOptions { Id = "north-a", Stores = false } };
        var peer = new HostedPeer(
            Options.Create(options), new ReplicaStoreFactory(options.Storage, minFreeBytes: 0, StorageSeams.None, _time, NullLoggerFactory.Instance),
            ConfiguredFederation.None, _time, NullLoggerFactory.Instance, NullLogger<HostedPeer>.Instance);
        var members = alive.Append("north-a").Select(
            static (name, i) => new ClusterMember(SiloAddress.New(IPAddress.Loopback, i + 1, 1), SiloStatus.Active, name));
        var membership = new ClusterMembershipSnapshot(members.ToImmutableDictionary(static m => m.SiloAddress), new MembershipVersion(1));
        var silos = new HostingSilos(GrainStub.Of<IClusterMembershipService>((_, _) => membership));
        var grains = GrainStub.Of<IGrainFactory>((_, args) => GrainStub.Of<IReplicaStorageGrain>(
            (_, _) => clocks.GetValueOrDefault(GrainFactoryExtensions.ParseReplicaKey((string)args[0]!).Value) is { } shown
                ? Task.FromResult(new ClockReading(shown, 0))
                : Task.FromException<ClockReading>(new TimeoutException("It does not answer."))));
        var topologies = new TopologyCache(
            peer, silos, new NoRegionLinks(), new PeerHealth(peer.Id, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2)), ConfiguredFederation.None, _time,
            NullLogger<TopologyCache>.Instance);
        return new ClockWatch(
            new ClusterClock(options, _time), peer, topologies, GrainPeerClient.OnlyGrains(grains, new DeadlineOptions(), _time), silos,
            ConfiguredFederation.None, _time, NullLogger<ClockWatch>.Instance);
    }
}
