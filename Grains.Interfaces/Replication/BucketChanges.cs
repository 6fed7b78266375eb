using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Replication;

/// <summary>How far a reader has received the changes of a replica's buckets.</summary>
/// <param name="Epoch">The opening of the store that the numbers belong to; empty: nothing has been received yet.</param>
/// <param name="Sequence">The last change that was received.</param>
[GenerateSerializer, Immutable, Alias("AllData.ChangeCursor")]
public readonly record struct ChangeCursor([property: Id(0)] Guid Epoch, [property: Id(1)] long Sequence);

/// <summary>The minutes in which a replica has stored something since a cursor.</summary>
/// <param name="Next">The cursor for the next question.</param>
/// <param name="IsComplete">
/// Whether these are all. False when the store was opened again or has forgotten changes that old: then every minute may have changed.
/// </param>
/// <param name="Minutes">The minutes, ascending, each once; empty when not complete.</param>
[GenerateSerializer, Immutable, Alias("AllData.BucketChanges")]
public sealed record BucketChanges(
    [property: Id(0)] ChangeCursor Next, [property: Id(1)] bool IsComplete, [property: Id(2)] ImmutableArray<UnixMinute> Minutes);
