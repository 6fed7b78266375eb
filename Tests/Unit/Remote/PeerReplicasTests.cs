using AllData.Configuration;
using AllData.Peers;
using AllData.Remote;
using AllData.Repair;
using AllData.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace AllData.Tests.Unit.Remote;

/// <summary>The table that says how each peer is reached.</summary>
public sealed class PeerReplicasTests
{
    private static readonly PeerId West = PeerId.Parse("west-a");

    private readonly MemoryPeer _own = new();
    private readonly MemoryPeer _far = new();

    [Fact]
    public void A_peer_without_a_route_is_one_of_this_cluster()
    {
        var replicas = Replicas();

        Assert.Same(_own, replicas.Of(West));
        Assert.Equal((new PeerRoute("grain", ""), PeerCapabilities.All), (replicas.RouteOf(West), replicas.CapabilitiesOf(West)));
    }

    [Fact]
    public void A_route_chooses_the_client_also_for_a_peer_that_was_reached_before()
    {
        var replicas = Replicas();
        Assert.Same(_own, replicas.Of(West));

        replicas.SetRoute(West, new PeerRoute("far", "1"));
        Assert.Same(_far, replicas.Of(West));
        Assert.Equal(PeerCapabilities.PutOnly, replicas.CapabilitiesOf(West));
        Assert.Same(_own, replicas.Of(PeerId.Parse("west-b")));

        replicas.RemoveRoute(West);
        Assert.Same(_own, replicas.Of(West));
        Assert.Equal(PeerCapabilities.All, replicas.CapabilitiesOf(West));
    }

    [Fact]
    public async Task Repair_follows_a_route_that_is_set_after_it_has_begun()
    {
        var replicas = Replicas();
        _own.Before = static _ => throw new InvalidOperationException("It is asked on the former way.");
        var source = new RoutedSource(replicas, West);
        await Assert.ThrowsAsync<InvalidOperationException>(() => source.GetChangesAsync(default, CancellationToken.None));

        replicas.SetRoute(West, new PeerRoute("far", "1"));
        await source.GetChangesAsync(default, CancellationToken.None);
    }

    [Fact]
    public void A_route_that_cannot_be_read_changes_nothing()
    {
        var replicas = Replicas();
        replicas.SetRoute(West, new PeerRoute("far", "1"));

        Assert.Contains("far, grain are", Assert.Throws<FormatException>(() => replicas.SetRoute(West, new PeerRoute("carrier-pigeon", "1"))).Message);
        Assert.Throws<FormatException>(() => replicas.SetRoute(West, new PeerRoute("far", "nowhere")));
        Assert.Same(_far, replicas.Of(West));
    }

    [Fact]
    public void Two_clients_of_one_name_are_refused() => Assert.Contains("Two peer clients are named 'far'", Assert.Throws<ArgumentException>(
        () => new PeerClients([new("far", static _ => new MemoryPeerClient()), new("far", static _ => new MemoryPeerClient())], NoServices())).Message);

    [Fact]
    public void A_grain_has_no_address() => Assert.Throws<FormatException>(() => GrainPeerClient.OnlyGrains(
        GrainStub.Of<IGrainFactory>(static (_, _) => GrainStub.Of<IReplicaStorageGrain>(static (_, _) => null)), new DeadlineOptions(), TimeProvider.System)
        .SetRoute(West, new PeerRoute("grain", "127.0.0.1")));

    private PeerReplicas Replicas() => new(new PeerClients(
        [
            new("grain", _ => new MemoryPeerClient().With("", _own)),
            new("far", _ => new MemoryPeerClient { Capabilities = PeerCapabilities.PutOnly }.With("1", _far)),
        ],
        NoServices()));

    private static ServiceProvider NoServices() => new ServiceCollection().BuildServiceProvider();
}
