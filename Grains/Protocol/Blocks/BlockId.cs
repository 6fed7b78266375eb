using System.Buffers.Binary;
using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The identity of a block: which data directory's coordinator formed it, in which opening of that directory, and its number in it.
/// </summary>
/// <param name="Ordinal">The coordinator's ordinal.</param>
/// <param name="Incarnation">Rises each time the data directory is opened, so that a restart never issues an id twice.</param>
/// <param name="Sequence">Counts blocks within the incarnation.</param>
internal readonly record struct BlockId(int Ordinal, int Incarnation, long Sequence)
{
    /// <summary>Bytes of the binary form (ordinal, incarnation, sequence; big-endian).</summary>
    public const int BinaryLength = 16;

    /// <summary>Whether a data directory can have formed a block of this id.</summary>
    public bool IsPossible => Ordinal is >= 1 and <= EventKey.MaxOrdinal && Incarnation >= 0 && Sequence >= 0;

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
