using System.Collections.Concurrent;
using AllData.Peers;
using Orleans.Runtime;

namespace AllData.Remote;

/// <summary>
/// The replicas of all peers, each by the client that its route names. A peer without a route is one of this Orleans cluster. Safe for several threads.
/// </summary>
internal sealed class PeerReplicas(PeerClients clients) : IReplicas
{
    // More peers than a cluster has, so that names that come and go fill nothing.
    private const int MostKept = 10_000;

    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<PeerId, IReplica> _kept = new();
    private readonly ConcurrentDictionary<PeerId, RoutedPeer> _routed = new();
    private readonly IPeerClient _own = clients.Of(PeerRoute.Grain);

    /// <inheritdoc/>
    public IReplica Of(PeerId peer) => _kept.TryGetValue(peer, out var replica) ? replica : Create(peer);

    /// <inheritdoc/>
    // One rule for all clients, so that a caller that sees an exception need not know which one has thrown it.
    public CallFailure FailureOf(Exception thrown) => thrown switch
    {
        TimeoutException => CallFailure.Silent,
        OrleansException or IOException => CallFailure.Unreachable,
        _ => CallFailure.Failed,
    };

    /// <summary>What can be asked of a peer.</summary>
    public PeerCapabilities CapabilitiesOf(PeerId peer) => _routed.TryGetValue(peer, out var routed) ? routed.Capabilities : PeerCapabilities.All;

    /// <summary>How a peer is reached.</summary>
    public PeerRoute RouteOf(PeerId peer) => _routed.TryGetValue(peer, out var routed) ? routed.Route : OwnRoute;

    /// <summary>Says how a peer is reached from now on; calls in flight end on their former way.</summary>
    /// <exception cref="FormatException">There is no such client, or it cannot read the address; nothing has changed.</exception>
    public void SetRoute(PeerId peer, PeerRoute route)
    {
        if (RouteOf(peer) == route)
        {
            return;
        }

        var client = clients.Of(route.Client);
        var routed = new RoutedPeer(route, client.Capabilities, client.Connect(peer, route.Address));
        lock (_changing)
        {
            _routed[peer] = routed;
            _kept[peer] = routed.Replica;
        }
    }

    /// <summary>A peer is one of this Orleans cluster again.</summary>
    public void RemoveRoute(PeerId peer)
    {
        lock (_changing)
        {
            _routed.TryRemove(peer, out _);
            _kept.TryRemove(peer, out _);
        }
    }

    private static PeerRoute OwnRoute { get; } = new(PeerRoute.Grain, "");

    private IReplica Create(PeerId peer)
    {
        // With the lock: a route that is set meanwhile must not be hidden by what was kept before.
        lock (_changing)
        {
            var replica = _routed.TryGetValue(peer, out var routed) ? routed.Replica : _own.Connect(peer, "");
            _ = _kept.Count < MostKept && _kept.TryAdd(peer, replica);
            return replica;
        }
    }

    private sealed record RoutedPeer(PeerRoute Route, PeerCapabilities Capabilities, IReplica Replica);
}
