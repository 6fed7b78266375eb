using System.Buffers.Binary;
using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The identity of a block: which data directory's coordinator formed it, in which opening of that directory, and its number in it.
/// </summary>
/// <param name="Ordinal">The coordinator's ordinal.</param>
/// <param name="Incarnation">Rises each time the data directory is opened, so that a restart never issues an id twice.</param>
/// <param name="Sequence">
/// The first minute of the block's interval in the upper 32 bits, and below it the block's number: dense from 0 for each incarnation and interval. Of a block
/// from before blocks were numbered, a plain count within the incarnation, which is below 2^32.
/// </param>
internal readonly record struct BlockId(int Ordinal, int Incarnation, long Sequence)
{
    /// <summary>Bytes of the binary form (ordinal, incarnation, sequence; big-endian).</summary>
    public const int BinaryLength = 16;

    /// <summary>The highest number that a block can have.</summary>
    public const long MaxNumber = uint.MaxValue;

    /// <summary>
    /// Whether its coordinator has numbered the blocks of the interval without holes; false of a block from before that, and of one of 1970-01-01, whose first
    /// minute is 0.
    /// </summary>
    public bool IsNumbered => Sequence > MaxNumber;

    /// <summary>The first minute of the interval that it is numbered in; only of a numbered one.</summary>
    public UnixMinute IntervalStart => new(Sequence >> 32);

    /// <summary>Its number in the interval; only of a numbered one.</summary>
    public long Number => Sequence & MaxNumber;

    /// <summary>Whether a data directory can have formed a block of this id.</summary>
    public bool IsPossible => Ordinal is >= 1 and <= EventKey.MaxOrdinal && Incarnation >= 0 && Sequence >= 0;

    /// <summary>The id of a numbered block.</summary>
    /// <param name="ordinal">The coordinator's ordinal.</param>
    /// <param name="incarnation">The opening of its data directory.</param>
    /// <param name="intervalStart">The first minute of the block's interval.</param>
    /// <param name="number">The block's number there.</param>
    public static BlockId Of(int ordinal, int incarnation, UnixMinute intervalStart, long number) =>
        new(ordinal, incarnation, checked((long)((ulong)intervalStart.Value << 32)) | number);

    /// <summary>Reads the binary form.</summary>
    public static BlockId ReadFrom(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadInt32BigEndian(source),
        BinaryPrimitives.ReadInt32BigEndian(source[4..]),
        BinaryPrimitives.ReadInt64BigEndian(source[8..]));

    /// <summary>Writes the binary form.</summary>
    public void WriteTo(Span<byte> destination)
    {
        BinaryPrimitives.WriteInt32BigEndian(destination, Ordinal);
        BinaryPrimitives.WriteInt32BigEndian(destination[4..], Incarnation);
        BinaryPrimitives.WriteInt64BigEndian(destination[8..], Sequence);
    }

    /// <summary><c>ordinal.incarnation.sequence</c>.</summary>
    public override string ToString() => $"{Ordinal}.{Incarnation}.{Sequence}";
}
