using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Replication;

/// <summary>Requests the blocks of late events by their positions for readers that follow.</summary>
/// <param name="After">Only blocks with an event behind this position.</param>
/// <param name="UpTo">Only blocks that begin at or before this position.</param>
/// <param name="MaxBlocks">Blocks of an answer, at most.</param>
[GenerateSerializer, Immutable, Alias("AllData.LateRange")]
public sealed record LateRange([property: Id(0)] EventKey After, [property: Id(1)] EventKey UpTo, [property: Id(2)] int MaxBlocks);

/// <summary>A block of late events: of events whose keys lay at or below what readers may have passed when they were put.</summary>
/// <param name="Arrival">The position of its first event; the others follow directly. No other block has it.</param>
/// <param name="Events">Number of events.</param>
/// <param name="First">Its first key.</param>
/// <param name="Last">Its last key.</param>
[GenerateSerializer, Immutable, Alias("AllData.LateBlock")]
public readonly record struct LateBlock(
    [property: Id(0)] EventKey Arrival, [property: Id(1)] int Events, [property: Id(2)] EventKey First, [property: Id(3)] EventKey Last);

/// <summary>Blocks of late events, by arrival.</summary>
/// <param name="Blocks">The blocks.</param>
/// <param name="UpTo">These are all that begin at or before this position: go on behind it.</param>
[GenerateSerializer, Immutable, Alias("AllData.LateBlocks")]
public sealed record LateBlocks([property: Id(0)] ImmutableArray<LateBlock> Blocks, [property: Id(1)] EventKey UpTo);
