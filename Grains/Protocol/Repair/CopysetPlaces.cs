using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Repair;

/// <summary>
/// The places of a copyset while their holders are worked out: first its members, then their successors in the order of the replacement log, and last
/// the peers it grows by. A place without a peer is dropped, unless a cluster of the store that has not said a word yet may have the peer.
/// </summary>
internal sealed class CopysetPlaces
{
    private readonly Topology _topology;
    private readonly FrozenDictionary<PeerId, PeerLocation> _departed;
    private readonly CopysetId _copyset;
    private readonly List<Place> _places = [];

    /// <summary>Begins with the members, as the peers that their data directories belong to.</summary>
    /// <param name="topology">The topology.</param>
    /// <param name="departed">The former locations of peers in the replacement log that are no longer registered.</param>
    /// <param name="copyset">The copyset.</param>
    public CopysetPlaces(Topology topology, FrozenDictionary<PeerId, PeerLocation> departed, CopysetDefinition copyset)
    {
        (_topology, _departed, _copyset) = (topology, departed, copyset.Id);

        // The latest directory first: should a peer be named by two of them, it is the one that an entry for the other says nothing about.
        for (var i = copyset.Ordinals.Length - 1; i >= 0; i--)
        {
            if (topology.TryGetPeerOfOrdinal(copyset.Ordinals[i], out var peer) && !IsTaken(peer))
            {
                _places.Add(PlaceOf(peer, copyset.Ordinals[i]));
            }
            else if (topology.IsUnheard(copyset.Ordinals[i]))
            {
                _places.Add(Place.Unheard(copyset.Ordinals[i], default));
            }
        }
    }

    /// <summary>
    /// The peers that have a place, as indexes into the topology. A peer that is not registered or does not store cannot be responsible for a copy; a
    /// put-only one is believed to have its own.
    /// </summary>
    public ImmutableArray<int> Members => [.. _places.Where(p => CanOwe(p)).Select(p => p.Index)];

    /// <summary>Applies an entry of the log: a successor takes the peer's place, if the peer has one under a directory that the entry covers.</summary>
    public void Replace(PeerReplacement entry)
    {
        var left = _places.FindIndex(p => p.Peer == entry.Peer && p.Ordinal <= entry.Ordinal);
        if (left < 0)
        {
            return;
        }

        if (entry.Location != default)
        {
            // As it was recorded: a draining peer may be moved, and its successors are fixed.
            _places[left] = _places[left] with { Location = entry.Location };
        }

        if (FindSuccessor(_places[left], entry.Candidates) is { } successor)
        {
            _places[left] = successor;
        }
        else
        {
            _places.RemoveAt(left);
        }
    }

    /// <summary>
    /// Adds active peers until there are as many members as requested, or no peer is left: new regions first, then new zones, then by weight.
    /// </summary>
    public void Grow(int members)
    {
        _places.RemoveAll(p => !CanOwe(p) && !p.IsUnheard);
        while (_places.Count < members && FindAddition() is { } addition)
        {
            _places.Add(addition);
        }
    }

    private Place? FindSuccessor(Place leaver, ImmutableArray<ReplacementCandidate> candidates)
    {
        PeerLocation[] staying = [.. _places.Where(p => p.Peer != leaver.Peer).Select(static p => p.Location)];
        Place? best = null;
        ((bool, bool, bool, bool), ulong) highest = default;
        foreach (var candidate in candidates)
        {
            if (FindCandidate(candidate) is not { } place)
            {
                continue;
            }

            var rank = (PlacementRules.RankSuccessor(staying, leaver.Location, candidate.Location), Rendezvous.WeightOf(_copyset.Value, candidate.Ordinal));
            if (best is null || rank.CompareTo(highest) > 0)
            {
                (best, highest) = (place with { Location = candidate.Location }, rank);
            }
        }

        return best;
    }

    // One of a cluster that has not said a word yet may be the successor: then the others need not be.
    private Place? FindCandidate(ReplacementCandidate candidate) => _topology.TryGetPeerOfOrdinal(candidate.Ordinal, out var peer)
        ? IsTaken(peer) ? null : PlaceOf(peer, candidate.Ordinal)
        : _topology.IsUnheard(candidate.Ordinal) && !_places.Exists(p => p.Ordinal == candidate.Ordinal)
            ? Place.Unheard(candidate.Ordinal, candidate.Location)
        : null;

    private Place? FindAddition()
    {
        PeerLocation[] places = [.. _places.Select(static p => p.Location)];
        Place? best = null;
        ((bool, bool), ulong) highest = default;
        for (var index = 0; index < _topology.Count; index++)
        {
            var peer = _topology[index];
            if (!Topology.IsActive(peer) || IsTaken(peer.Id))
            {
                continue;
            }

            var rank = (PlacementRules.RankAddition(places, peer.Location), Rendezvous.WeightOf(_copyset.Value, peer.Ordinal));
            if (best is null || rank.CompareTo(highest) > 0)
            {
                (best, highest) = (new Place(peer.Id, peer.Ordinal, peer.Location, index), rank);
            }
        }

        return best;
    }

    private bool IsTaken(PeerId peer) => _places.Exists(p => p.Peer == peer);

    private bool CanOwe(Place place) => place.Index >= 0 && (_topology[place.Index].Stores || _topology[place.Index].IsPutOnly);

    private Place PlaceOf(PeerId peer, int ordinal)
    {
        var index = _topology.IndexOf(peer);
        return new Place(peer, ordinal, index >= 0 ? _topology[index].Location : _departed.GetValueOrDefault(peer), index);
    }

    /// <summary>A peer that has a place.</summary>
    /// <param name="Peer">The peer.</param>
    /// <param name="Ordinal">The data directory through which it got the place.</param>
    /// <param name="Location">Where it is; null if that is not known.</param>
    /// <param name="Index">Its index in the topology; -1 when it is not registered.</param>
    private readonly record struct Place(PeerId Peer, int Ordinal, PeerLocation Location, int Index)
    {
        /// <summary>Whether a cluster that has never said a word here has the peer: it is not known which it is, and no other takes its place.</summary>
        public bool IsUnheard => Peer == default;

        /// <summary>The place of such a peer.</summary>
        public static Place Unheard(int ordinal, PeerLocation location) => new(default, ordinal, location, -1);
    }
}
