using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Certificates;

/// <summary>The numbers that a coordinator gave to its blocks of an interval, from 0 on without holes, and what is known of each.</summary>
/// <param name="Ordinal">The ordinal of its data directory.</param>
/// <param name="Incarnation">Which opening of that directory.</param>
/// <param name="Issued">How many numbers it issued, as far as is known: they are 0 to one less.</param>
public sealed record CertifiedNumbers(int Ordinal, int Incarnation, long Issued)
{
    /// <summary>Numbers under which nothing was ever acknowledged: the coordinator says so.</summary>
    public NumberRanges Abandoned { get; init; } = NumberRanges.None;

    /// <summary>Numbers that are not held and were in flight when the coordinator was killed: above its last mark of what was settled.</summary>
    public NumberRanges InFlightAtCrash { get; init; } = NumberRanges.None;

    /// <summary>Numbers that are neither held nor abandoned nor in flight at a crash: acknowledged blocks may have been lost with all their holders.</summary>
    public NumberRanges Missing { get; init; } = NumberRanges.None;

    /// <summary>Whether nothing says how many numbers it issued, because its journal is gone. Blocks above may have been lost with all their holders.</summary>
    public bool IsEndUnknown { get; init; }

    /// <summary>Missing numbers that an operator has accepted, ascending by their first.</summary>
    public ImmutableArray<AcceptedNumbers> Accepted { get; init; } = [];

    /// <summary>Why an operator has accepted that the end is not known; null where not.</summary>
    public string? EndAccepted { get; init; }

    /// <summary>Whether something is missing that an operator has not accepted.</summary>
    public bool IsInDoubt => (IsEndUnknown && EndAccepted is null) || !Unaccepted.IsEmpty;

    /// <summary>Missing numbers that an operator has not accepted.</summary>
    public NumberRanges Unaccepted => Accepted.Aggregate(Missing, static (left, accepted) => left.Except(accepted.Numbers));
}

/// <summary>Missing numbers that an operator has accepted.</summary>
/// <param name="Numbers">The numbers.</param>
/// <param name="Reason">Why, in the operator's words.</param>
public sealed record AcceptedNumbers(NumberRanges Numbers, string Reason);
