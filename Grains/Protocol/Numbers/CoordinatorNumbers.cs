using AllData.Replication;

namespace AllData.Protocol.Numbers;

/// <summary>What is known of the numbers that one incarnation of a coordinator's data directory has given to the blocks of an interval.</summary>
/// <param name="Ordinal">The directory's ordinal.</param>
/// <param name="Incarnation">The opening of the directory.</param>
/// <param name="End">The dense range: numbers from 0 to below this one were issued, as far as is known.</param>
/// <param name="IsReported">
/// Whether the directory has reported how far the incarnation has numbered. If not, numbers beyond the range may have been issued: the directory is gone, or
/// was put back from a backup, or could not be written to.
/// </param>
internal sealed record CoordinatorNumbers(int Ordinal, int Incarnation, long End, bool IsReported)
{
    /// <summary>Numbers of which no block is stored anywhere, by the directory's own word.</summary>
    public NumberRanges Abandoned { get; init; } = NumberRanges.None;

    /// <summary>
    /// Numbers that were in flight when the incarnation was killed, and are not held. A block of them that was acknowledged and lost by all its holders cannot
    /// be told from one that was never stored.
    /// </summary>
    public NumberRanges InFlightAtCrash { get; init; } = NumberRanges.None;

    /// <summary>Numbers whose puts have not ended yet, and which are not held: to be asked about again.</summary>
    public NumberRanges UnderWay { get; init; } = NumberRanges.None;

    /// <summary>Numbers that are neither held nor explained: each may be an acknowledged block whose holders are all gone.</summary>
    public NumberRanges Missing { get; init; } = NumberRanges.None;

    /// <summary>Numbers that were abandoned and are held: the directory's word was wrong.</summary>
    public NumberRanges WronglyAbandoned { get; init; } = NumberRanges.None;

    /// <summary>Whether every number is held or explained.</summary>
    public bool IsWhole => IsReported && UnderWay.IsEmpty && Missing.IsEmpty && WronglyAbandoned.IsEmpty;
}
