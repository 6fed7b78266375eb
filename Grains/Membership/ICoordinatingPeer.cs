using AllData.Peers;
using AllData.Storage.Directories;

namespace AllData.Membership;

/// <summary>
/// The silo's peer as its coordinator needs it: its identity, whether it may act, and what its data directory remembers.
/// </summary>
internal interface ICoordinatingPeer
{
    /// <summary>The peer's name.</summary>
    PeerId Id { get; }

    /// <summary>Its region and zone.</summary>
    PeerLocation Location { get; }

    /// <summary>The cluster; empty until it is known.</summary>
    Guid ClusterId { get; }

    /// <summary>The store, which blocks name; the cluster, where that is a store of its own.</summary>
    Guid StoreId => ClusterId;

    /// <summary>Null when the peer may issue keys; otherwise a sentence that says what is missing.</summary>
    string? Refusal { get; }

    /// <summary>Whether its silo is stopping.</summary>
    bool IsStopping => false;

    /// <summary>Length of a consolidation interval.</summary>
    TimeSpan IntervalLength { get; }

    /// <summary>Its data directory, where keys and block ids come from.</summary>
    IPeerDirectory Directory { get; }
}
