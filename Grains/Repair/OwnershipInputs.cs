using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Repair;

/// <summary>The parts of a topology that decide which peers are responsible for a copyset.</summary>
internal static class OwnershipInputs
{
    /// <summary>Whether two topologies agree in these parts: a change in any other part does not require comparing everything again.</summary>
    public static bool IsSame(Topology one, Topology other) =>
        one.Unheard.SequenceEqual(other.Unheard) && IsSame(one.Snapshot, other.Snapshot);

    private static bool IsSame(TopologySnapshot one, TopologySnapshot other) =>
        one.Peers.Select(Facts).SequenceEqual(other.Peers.Select(Facts))
        && one.Ordinals.SequenceEqual(other.Ordinals)
        && one.Replacements.Select(static r => (r.Version, r.Peer)).SequenceEqual(other.Replacements.Select(static r => (r.Version, r.Peer)));

    private static (PeerId, int, bool, PeerStatus, PeerLocation) Facts(PeerDescriptor peer) =>
        (peer.Id, peer.Ordinal, peer.Stores, peer.Status, peer.Location);
}
