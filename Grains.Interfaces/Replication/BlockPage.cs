using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Replication;

/// <summary>A place in a walk over a replica's blocks, which is ordered by first key: after the block with these keys and this number.</summary>
/// <param name="First">First key of the last block of the page before.</param>
/// <param name="Last">Its last key.</param>
/// <param name="Number">Its number in its file, which orders blocks of the same keys.</param>
[GenerateSerializer, Immutable, Alias("AllData.BlockPosition")]
public readonly record struct BlockPosition([property: Id(0)] EventKey First, [property: Id(1)] EventKey Last, [property: Id(2)] long Number);

/// <summary>Asks for the blocks whose key span meets a range.</summary>
/// <param name="From">First key of the range.</param>
/// <param name="To">First key beyond the range.</param>
/// <param name="Copysets">Ids of the copysets whose blocks are wanted; empty: all.</param>
/// <param name="After">Where to go on; null at the beginning.</param>
/// <param name="MaxBytes">Bytes of a page, at most; a single larger block still comes.</param>
[GenerateSerializer, Immutable, Alias("AllData.BlockRange")]
public sealed record BlockRange(
    [property: Id(0)] EventKey From,
    [property: Id(1)] EventKey To,
    [property: Id(2)] ImmutableArray<CopysetId> Copysets,
    [property: Id(3)] BlockPosition? After,
    [property: Id(4)] int MaxBytes)
{
    /// <summary>Only blocks of this topic; null: all blocks.</summary>
    [Id(5)]
    public Topic? Topic { get; init; }
}

/// <summary>Blocks of a walk, by first key, last key and number.</summary>
/// <param name="Blocks">The intact ones, whole, one directly after the other; each says its length.</param>
/// <param name="Damaged">Blocks that should have been here and cannot be read.</param>
/// <param name="Next">Where to go on; null at the end.</param>
[GenerateSerializer, Immutable, Alias("AllData.BlockPage")]
public sealed record BlockPage(
    [property: Id(0)] byte[] Blocks, [property: Id(1)] ImmutableArray<DamagedBlock> Damaged, [property: Id(2)] BlockPosition? Next);

/// <summary>A stored block that cannot be read. Other peers hold it too.</summary>
/// <param name="Copyset">The id of its copyset.</param>
/// <param name="First">Its first key.</param>
/// <param name="Last">Its last key.</param>
/// <param name="Reason">A sentence.</param>
[GenerateSerializer, Immutable, Alias("AllData.DamagedBlock")]
public sealed record DamagedBlock(
    [property: Id(0)] CopysetId Copyset, [property: Id(1)] EventKey First, [property: Id(2)] EventKey Last, [property: Id(3)] string Reason);
