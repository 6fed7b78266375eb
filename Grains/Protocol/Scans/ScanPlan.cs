using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Protocol.Scans;

/// <summary>The buckets that one peer holds in a window of minutes.</summary>
/// <param name="Peer">The peer's index in the topology.</param>
/// <param name="Buckets">Its buckets.</param>
internal sealed record PeerBuckets(int Peer, ImmutableArray<BucketSum> Buckets);

/// <summary>What is read from one peer in a segment.</summary>
/// <param name="Peer">The peer's index in the topology.</param>
/// <param name="Copysets">Ids of the copysets whose blocks are read there.</param>
internal sealed record ScanSource(int Peer, ImmutableArray<CopysetId> Copysets);

/// <summary>A run of minutes that is read from the same sources.</summary>
/// <param name="FromMinute">First minute.</param>
/// <param name="ToMinute">First minute beyond.</param>
/// <param name="Sources">What to read from which peer; no peer twice.</param>
/// <param name="Unsure">Peers with a damaged block here whose bucket no other peer holds in the same state.</param>
internal sealed record ScanSegment(
    UnixMinute FromMinute, UnixMinute ToMinute, ImmutableArray<ScanSource> Sources, ImmutableArray<int> Unsure);

/// <summary>A copyset's blocks at one peer.</summary>
/// <param name="Peer">The peer's index in the topology.</param>
/// <param name="Copyset">The copyset's id.</param>
internal readonly record struct CopysetSource(int Peer, CopysetId Copyset);
