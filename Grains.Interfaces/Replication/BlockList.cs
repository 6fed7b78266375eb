using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Replication;

/// <summary>A copyset of which a replica holds blocks: the peers that were meant to hold them when they were formed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Ordinals">The ordinals of its members' data directories, ascending.</param>
/// <param name="ReplicationFactor">Largest number of copies that one of its blocks held here requests; more than there are members when peers were
/// few.</param>
[GenerateSerializer, Immutable, Alias("AllData.CopysetDefinition")]
public sealed record CopysetDefinition(
    [property: Id(0)] CopysetId Id, [property: Id(1)] ImmutableArray<int> Ordinals, [property: Id(2)] int ReplicationFactor);

/// <summary>Requests the list of blocks that a replica holds of some copysets in a run of minutes.</summary>
/// <param name="UnixMinute">The first minute, since 1970 UTC.</param>
/// <param name="Copysets">Ids of the copysets; empty: all.</param>
/// <param name="After">Where to go on; null at the beginning.</param>
/// <param name="MaxBlocks">Blocks of an answer, at most.</param>
/// <param name="Minutes">How many minutes; less than 1, as a silo of an earlier version asks, is 1.</param>
[GenerateSerializer, Immutable, Alias("AllData.BlockListRange")]
public sealed record BlockListRange(
    [property: Id(0)] UnixMinute UnixMinute, [property: Id(1)] ImmutableArray<CopysetId> Copysets, [property: Id(2)] BlockPosition? After,
    [property: Id(3)] int MaxBlocks, [property: Id(4)] int Minutes = 1);

/// <summary>
/// The blocks that a replica holds, named and not read: one that has been damaged since is among them.
/// </summary>
/// <param name="Entries">
/// One after the other, 48 bytes each: block id (16), copyset id (8, big-endian), block digest (16), events (4, big-endian), bytes (4, big-endian).
/// </param>
/// <param name="Next">Where to go on; null at the end.</param>
/// <param name="Minutes">
/// How many of the requested minutes the list is of, which all lie in one interval: ask for the others again. Less than 1, as a silo of an earlier version
/// says, is 1.
/// </param>
[GenerateSerializer, Immutable, Alias("AllData.BlockList")]
public sealed record BlockList([property: Id(0)] byte[] Entries, [property: Id(1)] BlockPosition? Next, [property: Id(2)] int Minutes = 1);

/// <summary>Asks a replica for blocks by their ids.</summary>
/// <param name="UnixMinute">A minute of the interval that they lie in.</param>
/// <param name="Ids">The ids, 16 bytes each, one after the other.</param>
/// <param name="MaxBytes">Bytes of an answer, at most; a single larger block still comes.</param>
[GenerateSerializer, Immutable, Alias("AllData.BlockFetch")]
public sealed record BlockFetch([property: Id(0)] UnixMinute UnixMinute, [property: Id(1)] byte[] Ids, [property: Id(2)] int MaxBytes);

/// <summary>The requested blocks.</summary>
/// <param name="Blocks">The intact ones, whole, one directly after the other, in the order of the ids.</param>
/// <param name="Covered">How many of the ids have been looked at: a block of those that is missing here is not held, or not intact. Request the rest
/// again.</param>
[GenerateSerializer, Immutable, Alias("AllData.FetchedBlocks")]
public sealed record FetchedBlocks([property: Id(0)] byte[] Blocks, [property: Id(1)] int Covered);
