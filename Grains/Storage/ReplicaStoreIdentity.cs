using AllData.Peers;

namespace AllData.Storage;

/// <summary>The identity of a replica. Every file of the store remembers it and refuses to be opened as another's.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="ClusterId">The cluster; blocks of another one are refused.</param>
/// <param name="IntervalLength">Length of a consolidation interval, one for the whole cluster.</param>
internal sealed record ReplicaStoreIdentity(PeerId Peer, Guid ClusterId, TimeSpan IntervalLength);
