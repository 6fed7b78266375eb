using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Federation;
using AllData.Peers;

namespace AllData.Protocol.Topologies;

/// <summary>
/// The registered peers at one version, prepared once so that choosing among them costs the same however many there are. Immutable. A peer
/// has an index here, dense from 0, that is valid for this instance only.
/// </summary>
internal sealed class Topology
{
    private readonly FrozenDictionary<PeerId, int> _indexes;
    private readonly FrozenDictionary<int, PeerId> _owners;
    private readonly bool[] _takesReplicas;

    private Topology(
        TopologySnapshot snapshot, FrozenDictionary<PeerId, int> indexes, FrozenDictionary<int, PeerId> owners, Func<PeerDescriptor, bool>? usesPutOnly,
        ImmutableArray<OrdinalRange> unheard)
    {
        Snapshot = snapshot;
        Unheard = unheard;
        _indexes = indexes;
        _owners = owners;
        _takesReplicas = [.. snapshot.Peers.Select(p => IsActive(p) || (IsActivePutOnly(p) && usesPutOnly?.Invoke(p) == true))];
        HasPutOnlyPeers = snapshot.Peers.Any(static p => p.IsPutOnly);
        UsesPutOnlyPeers = HasPutOnlyPeers && Enumerable.Range(0, Count).Any(i => _takesReplicas[i] && snapshot.Peers[i].IsPutOnly);
        Layout = new TopologyLayout(snapshot.Peers, TakesReplicas);
        InactivePeers = [.. Enumerable.Range(0, snapshot.Peers.Length).Where(i => snapshot.Peers[i].Stores && !IsActive(snapshot.Peers[i]))];
    }

    /// <summary>What the registry said.</summary>
    public TopologySnapshot Snapshot { get; }

    /// <summary>The registry's version.</summary>
    public long Version => Snapshot.Version;

    /// <summary>Number of registered peers, active or not.</summary>
    public int Count => Snapshot.Peers.Length;

    /// <summary>Peers that take new replicas (<see cref="TakesReplicas"/>). Whether they are alive plays no part.</summary>
    public int ActivePeers => Layout.ActivePeers;

    /// <summary>Peers that store, whether they take new replicas now or not.</summary>
    public int StoringPeers => ActivePeers + InactivePeers.Length;

    /// <summary>Zones with at least one active peer.</summary>
    public int ActiveZones => Layout.ActiveZones;

    /// <summary>Regions with at least one active peer.</summary>
    public int ActiveRegions => Layout.ActiveRegions;

    /// <summary>Whether a put-only peer is registered, used or not.</summary>
    public bool HasPutOnlyPeers { get; }

    /// <summary>Whether a put-only peer may be a member of a copyset.</summary>
    public bool UsesPutOnlyPeers { get; }

    /// <summary>The ordinals of clusters of the store that have never said a word here; empty where all have.</summary>
    internal ImmutableArray<OrdinalRange> Unheard { get; }

    internal TopologyLayout Layout { get; }

    /// <summary>Indexes of the storing peers that take no new replicas: away, read-only or draining.</summary>
    internal ImmutableArray<int> InactivePeers { get; }

    /// <summary>A registered peer.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    public PeerDescriptor this[int index] => Snapshot.Peers[index];

    /// <summary>Prepares a snapshot.</summary>
    /// <param name="snapshot">What the registry says.</param>
    /// <param name="usesPutOnly">Which put-only peers may be members of copysets; null: none.</param>
    /// <param name="unheard">The ordinals of clusters of the store that have never said a word here.</param>
    /// <exception cref="ArgumentException">A peer or an ordinal is in it twice: copies would be counted that do not exist.</exception>
    public static Topology Prepare(
        TopologySnapshot snapshot, Func<PeerDescriptor, bool>? usesPutOnly = null, ImmutableArray<OrdinalRange> unheard = default)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var indexes = new Dictionary<PeerId, int>(snapshot.Peers.Length);
        var owners = new Dictionary<int, PeerId>(snapshot.Ordinals.Length);
        for (var i = 0; i < snapshot.Peers.Length; i++)
        {
            var peer = snapshot.Peers[i];
            if (!indexes.TryAdd(peer.Id, i) || !owners.TryAdd(peer.Ordinal, peer.Id))
            {
                throw new ArgumentException(
                    $"Topology {snapshot.Version} has peer '{peer.Id}' or its ordinal {peer.Ordinal} twice.", nameof(snapshot));
            }
        }

        foreach (var former in snapshot.Ordinals)
        {
            owners.TryAdd(former.Ordinal, former.Peer);
        }

        return new Topology(
            snapshot, indexes.ToFrozenDictionary(), owners.ToFrozenDictionary(), usesPutOnly, unheard.IsDefault ? [] : unheard);
    }

    /// <summary>The index of a peer; -1 when it is not registered.</summary>
    public int IndexOf(PeerId peer) => _indexes.TryGetValue(peer, out var index) ? index : -1;

    /// <summary>The peer that an ordinal was given to, for a former data directory or a dropped peer too.</summary>
    public bool TryGetPeerOfOrdinal(int ordinal, out PeerId peer) => _owners.TryGetValue(ordinal, out peer);

    /// <summary>
    /// Whether an ordinal is of a cluster that has never said a word here: which peer has it is not known, and so not that it is gone.
    /// </summary>
    public bool IsUnheard(int ordinal) => Unheard.Any(range => range.Contains(ordinal)) && !_owners.ContainsKey(ordinal);

    /// <summary>Whether a peer takes new replicas: an active one that stores, or a put-only one that may be a member.</summary>
    public bool TakesReplicas(int index) => _takesReplicas[index];

    /// <summary>Whether a peer stores and takes new replicas.</summary>
    internal static bool IsActive(PeerDescriptor peer) => peer.Stores && peer.Status == PeerStatus.Active;

    private static bool IsActivePutOnly(PeerDescriptor peer) => peer.IsPutOnly && peer.Status == PeerStatus.Active;
}
