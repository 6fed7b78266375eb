using AllData.Errors;
using AllData.Peers;
using AllData.Remote;

namespace AllData.Membership;

// Peers that only take events: no silo hosts them, and no data directory of theirs is ever seen.
internal static partial class RegistryLedger
{
    /// <summary>Registers a put-only peer, revives a dropped one, or changes how it is reached.</summary>
    /// <param name="state">The state; not changed.</param>
    /// <param name="peer">Its name.</param>
    /// <param name="location">Its region and zone.</param>
    /// <param name="route">How it is reached.</param>
    /// <param name="directory">Stands for its data directory, so that its ordinal counts as given.</param>
    /// <param name="newClusterId">Becomes the cluster's id if it has none yet.</param>
    /// <param name="source">Where new ordinals come from; null: the cluster is a store of its own.</param>
    /// <exception cref="PeerRefusedException">
    /// The name belongs to a peer of a silo, the peer is registered elsewhere, no ordinal is left, or the name or location is not valid.
    /// </exception>
    /// <exception cref="RegistryUnavailableException">It needs a new ordinal, and none may be given now.</exception>
    public static RegistryState AddPutOnly(
        RegistryState state, PeerId peer, PeerLocation location, PeerRoute route, Guid directory, Guid newClusterId, OrdinalSource? source = null)
    {
        source ??= OrdinalSource.Alone;
        RefuseNonsense(peer, location);
        RefuseOtherKind(state, peer, isPutOnly: true);
        if (Find(state.Peers, peer) is { } registered)
        {
            return LocationOf(registered) == location
                ? Change(state, peer, (_, p) => (p.Client, p.Address) = (route.Client, route.Address))
                : throw new PeerRefusedException(
                    $"Peer '{peer}' is registered at {LocationOf(registered)}, not at {location}. Drop it first, or give that location.", peer);
        }

        var next = Copy(state);
        next.FederationVersion = Math.Max(next.FederationVersion, source.Version);
        next.ClusterId = next.ClusterId == Guid.Empty ? newClusterId : next.ClusterId;
        var added = Find(next.Tombstones, peer) ?? new RegistryPeer { Id = peer.Value, Ordinal = OrdinalOf(next, peer, directory, source) };
        next.Tombstones.Remove(added);
        (added.Region, added.Zone, added.Client, added.Address, added.Stores) = (location.Region, location.Zone, route.Client, route.Address, false);
        (added.Draining, added.DrainingSince, added.ConfirmedAt, added.AwaySince) = (false, 0, 0, 0);
        next.Peers.Add(added);
        SettleReplacement(next, added);
        return Versioned(state, next);
    }

    /// <summary>
    /// Peers are responsible for copies by name: a name that changed its kind would make copies that can be seen believed, or the other way round.
    /// </summary>
    private static void RefuseOtherKind(RegistryState state, PeerId peer, bool isPutOnly)
    {
        if ((Find(state.Peers, peer) ?? Find(state.Tombstones, peer)) is { } known && known.Client.Length > 0 != isPutOnly)
        {
            throw new PeerRefusedException(
                isPutOnly
                    ? $"'{peer}' is the name of a peer that a silo hosts, or hosted before it was dropped. Give the put-only peer another name."
                    : $"'{peer}' is the name of a put-only peer, registered or dropped, reached at {known.Address} through {known.Client}. Give this peer "
                        + "another name.",
                peer);
        }
    }
}
