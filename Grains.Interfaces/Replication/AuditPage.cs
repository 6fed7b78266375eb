using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Replication;

/// <summary>What to audit.</summary>
/// <param name="From">First key; null: from the beginning. Whole minutes are counted.</param>
/// <param name="To">First key beyond; null: to the end, without minutes whose copies may still be in flight.</param>
[GenerateSerializer, Immutable, Alias("AllData.AuditRange")]
public sealed record AuditRange([property: Id(0)] EventKey? From = null, [property: Id(1)] EventKey? To = null);

/// <summary>Copies counted in a window of minutes: to be added to those of the windows before.</summary>
/// <param name="FromMinute">First minute of the window.</param>
/// <param name="ToMinute">First minute that was not looked at.</param>
/// <param name="EndMinute">First minute that the audit does not cover.</param>
/// <param name="Counts">What was found.</param>
/// <param name="NotAnswering">Peers that could not be asked about all of the window: their copies are not counted.</param>
/// <param name="IsLast">Whether the audit ends here.</param>
[GenerateSerializer, Immutable, Alias("AllData.AuditPage")]
public sealed record AuditPage(
    [property: Id(0)] UnixMinute FromMinute,
    [property: Id(1)] UnixMinute ToMinute,
    [property: Id(2)] UnixMinute EndMinute,
    [property: Id(3)] ImmutableArray<CopyCount> Counts,
    [property: Id(4)] ImmutableArray<PeerId> NotAnswering,
    [property: Id(5)] bool IsLast)
{
    /// <summary>On the last page: events that are too new to be counted, because copies of them may still be in flight.</summary>
    [Id(6)]
    public long TooNewEvents { get; init; }
}

/// <summary>Blocks of an interval that have the same adherence and number of copies.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Adherence">
/// <see cref="Adherence.Strict"/>: every responsible peer holds a copy. <see cref="Adherence.Relaxed"/>: as many copies as requested, but not all
/// where they are meant to be. <see cref="Adherence.UnderReplicated"/>: fewer copies than requested.
/// </param>
/// <param name="Copies">Peers that hold a copy.</param>
/// <param name="CopiesAsked">The number of copies that the blocks request.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Events">Events in them; one that was put twice in two blocks counts twice.</param>
/// <param name="OldestMinute">The earliest minute with such a block.</param>
[GenerateSerializer, Immutable, Alias("AllData.CopyCount")]
public sealed record CopyCount(
    [property: Id(0)] Interval Interval,
    [property: Id(1)] Adherence Adherence,
    [property: Id(2)] int Copies,
    [property: Id(3)] int CopiesAsked,
    [property: Id(4)] long Blocks,
    [property: Id(5)] long Events,
    [property: Id(6)] UnixMinute OldestMinute)
{
    /// <summary>How many more peers are meant to hold a copy and can only be believed, because they only take events (put-only peers).</summary>
    [Id(7)]
    public int Unverifiable { get; init; }
}
