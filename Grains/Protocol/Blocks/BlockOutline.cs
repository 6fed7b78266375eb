using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>What a merge needs of a block, read where it lies.</summary>
/// <param name="Id">The block's identity.</param>
/// <param name="Digest">Digest of all its bytes.</param>
/// <param name="First">Its first key.</param>
/// <param name="Last">Its last key.</param>
/// <param name="EventCount">Number of events.</param>
/// <param name="Topic">The topic of its events; null: they have none.</param>
/// <param name="Arrival">The position of its first event, if its events are late.</param>
/// <param name="Records">The packed records, ascending by key.</param>
internal readonly record struct BlockOutline(
    BlockId Id, EventDigest Digest, EventKey First, EventKey Last, int EventCount, Topic? Topic, EventKey? Arrival, ReadOnlyMemory<byte> Records);
