namespace AllData.Protocol.Topologies;

/// <summary>
/// The active storing peers of a topology that are not dead, prepared once for each change of liveness. A search for a spare then never looks at a dead peer,
/// so its cost does not grow with their number. Immutable.
/// </summary>
internal sealed class AlivePeers
{
    /// <summary>Prepares them.</summary>
    /// <param name="topology">The topology.</param>
    /// <param name="isAlive">Whether a peer is not <see cref="PeerAvailability.Dead"/>, by its index.</param>
    public AlivePeers(Topology topology, Func<int, bool> isAlive)
    {
        ArgumentNullException.ThrowIfNull(topology);
        var layout = topology.Layout;

        // No block names its spares: a copy at a put-only one would be known to no peer.
        var areAll = !topology.UsesPutOnlyPeers && Enumerable.Range(0, layout.ActivePeers).All(slot => isAlive(layout.PeerOfSlot(slot)));
        Layout = areAll ? layout : new TopologyLayout(topology.Snapshot.Peers, i => Topology.IsActive(topology[i]) && isAlive(i));
    }

    /// <summary>Slots for the active peers that are alive. Zones and regions have numbers of their own here.</summary>
    internal TopologyLayout Layout { get; }
}
