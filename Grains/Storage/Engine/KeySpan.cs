using System.Numerics;
using AllData.Events;

namespace AllData.Storage.Engine;

/// <summary>
/// Blocks are filed by the size class of their key span: 0 when first and last key lie in the same millisecond, else 1 + ⌊log2 of the
/// milliseconds between them⌋. A block of class w that holds a key begins less than 2^w ms before it, so that finding a key is one short
/// range of an index for each class, however many blocks a minute has.
/// </summary>
internal static class KeySpan
{
    /// <summary>Number of classes: a block stays within a minute, which is 59,999 ms from end to end.</summary>
    public const int Classes = 17;

    /// <summary>The class of a block.</summary>
    public static int WidthOf(EventKey first, EventKey last)
    {
        var milliseconds = (ulong)(last.UnixMilliseconds - first.UnixMilliseconds);
        return milliseconds == 0 ? 0 : 1 + BitOperations.Log2(milliseconds);
    }

    /// <summary>The smallest first key that a block of a class can have which still reaches a key.</summary>
    public static EventKey LowestFirstKey(EventKey key, int width)
    {
        var earliest = Math.Max(key.UnixMilliseconds - (1L << width) + 1, key.UnixMinute.StartUnixMilliseconds);
        return EventKey.Create(earliest, ordinal: 0, sequence: 0);
    }
}
