using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;

namespace AllData.Replication;

/// <summary>Where a scrub goes on.</summary>
/// <param name="Interval">The interval; null begins with the oldest.</param>
/// <param name="FromMinute">First minute still to be checked; <see cref="UnixMinute.First"/> begins with the file as a whole.</param>
[GenerateSerializer, Immutable, Alias("AllData.ScrubPosition")]
public sealed record ScrubPosition([property: Id(0)] Interval? Interval, [property: Id(1)] UnixMinute FromMinute)
{
    /// <summary>The beginning of everything that is held.</summary>
    public static ScrubPosition Start { get; } = new(null, UnixMinute.First);
}

/// <summary>What a step of a scrub has found. Nothing is changed by it.</summary>
/// <param name="Interval">The interval that was looked at; null when nothing is held.</param>
/// <param name="Blocks">Blocks read.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Bytes">Bytes read.</param>
/// <param name="Damage">A sentence for each thing that is wrong: a block whose digest does not match, a bucket that is not the sum of its blocks, a
/// page.</param>
/// <param name="Next">Where to go on; null at the end.</param>
[GenerateSerializer, Immutable, Alias("AllData.ScrubPage")]
public sealed record ScrubPage(
    [property: Id(0)] Interval? Interval,
    [property: Id(1)] long Blocks,
    [property: Id(2)] long Events,
    [property: Id(3)] long Bytes,
    [property: Id(4)] ImmutableArray<string> Damage,
    [property: Id(5)] ScrubPosition? Next);
