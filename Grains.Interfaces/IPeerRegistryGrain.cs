using System.Collections.Immutable;
using AllData.Errors;
using AllData.Peers;
using Orleans.Concurrency;

namespace AllData;

/// <summary>
/// Holds zone and region membership: which peers exist, where they are, and whether they take new replicas
/// (<see cref="GrainFactoryExtensions.GetPeerRegistry"/>). A put never waits for it.
/// </summary>
[Alias("AllData.IPeerRegistryGrain")]
public interface IPeerRegistryGrain : IGrainWithStringKey
{
    /// <summary>A silo says that it hosts its peer. Registers a new peer, updates a known one, and answers with the topology.</summary>
    /// <exception cref="PeerRefusedException">
    /// Another live silo hosts the peer, the data directory is of another cluster, or the interval length differs from the cluster's.
    /// </exception>
    [Alias("Announce")]
    Task<TopologySnapshot> Announce(PeerAnnouncement announcement);

    /// <summary>Registers a peer before its silo starts, or revives a dropped one. The same peer again is no change.</summary>
    /// <exception cref="PeerRefusedException">It is registered at another location: move it instead.</exception>
    [Alias("AddPeer")]
    Task<TopologySnapshot> AddPeer(PeerId peer, PeerLocation location);

    /// <summary>
    /// Registers a peer that only takes events and that no silo hosts, for example a node of the original alldata; revives a dropped one; or changes how it
    /// is reached. Copysets name it only where <c>AllData:Replication:UsePutOnlyPeers</c> is set.
    /// </summary>
    /// <param name="peer">Its name, which no peer of a silo has or had.</param>
    /// <param name="location">Its region and zone.</param>
    /// <param name="client">The peer client that reaches it, for example <c>alldata-http</c>; every silo must have it.</param>
    /// <param name="address">Where, in that client's words, for example <c>http://10.0.0.9:8080/</c>.</param>
    /// <exception cref="PeerRefusedException">There is no such put-only client, it cannot read the address, or the name or the location is taken.</exception>
    [Alias("AddPutOnlyPeer")]
    Task<TopologySnapshot> AddPutOnlyPeer(PeerId peer, PeerLocation location, string client, string address);

    /// <summary>
    /// Drops a peer and leaves a tombstone. Dropping an unknown or dropped peer changes nothing. Without force, what would be left is counted first:
    /// a count of the last minute is used (<see cref="IClusterAuditGrain.CheckDeparture"/> makes one, however long it takes), otherwise one is made
    /// within 20 s. A peer that was drained, and whose departure a count has confirmed, is dropped without another count, running or stopped.
    /// </summary>
    /// <param name="peer">The peer.</param>
    /// <param name="force">Drops the peer whatever is left; what only it holds is lost.</param>
    /// <exception cref="PeerStillNeededException">Something would be left with too few copies, or it is not known.</exception>
    [Alias("DropPeer"), AlwaysInterleave]
    Task<TopologySnapshot> DropPeer(PeerId peer, bool force = false);

    /// <summary>Drains the peer: it takes no new replicas any more.</summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    [Alias("Drain")]
    Task<TopologySnapshot> Drain(PeerId peer);

    /// <summary>Ends draining: the peer takes new replicas again.</summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    [Alias("Undrain")]
    Task<TopologySnapshot> Undrain(PeerId peer);

    /// <summary>Changes a peer's location, without restart. Its configured location wins when its silo next starts.</summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    [Alias("Move")]
    Task<TopologySnapshot> Move(PeerId peer, PeerLocation location);

    /// <summary>A silo reports that its peer turned read-only (or can be written to again after a restart).</summary>
    /// <exception cref="PeerRefusedException">It is not registered.</exception>
    [Alias("SetReadOnly")]
    Task<TopologySnapshot> SetReadOnly(PeerId peer, bool readOnly);

    /// <summary>The present topology.</summary>
    [Alias("GetTopology")]
    Task<TopologySnapshot> GetTopology();

    /// <summary>The registered peers, and which of them an active silo hosts now.</summary>
    [Alias("GetPeers")]
    Task<ImmutableArray<PeerView>> GetPeers();
}
