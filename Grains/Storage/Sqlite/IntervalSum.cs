using AllData.Events;

namespace AllData.Storage;

/// <summary>How much an interval holds.</summary>
/// <param name="Blocks">Blocks.</param>
/// <param name="Events">Events in them.</param>
/// <param name="DigestSum">Sum of the event digests, modulo 2^128.</param>
internal readonly record struct IntervalSum(long Blocks, long Events, EventDigest DigestSum)
{
    /// <summary>Both together.</summary>
    public static IntervalSum operator +(IntervalSum left, IntervalSum right) =>
        new(left.Blocks + right.Blocks, left.Events + right.Events, left.DigestSum + right.DigestSum);
}
