using System.Buffers.Binary;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Log;

/// <summary>The last bytes of the file of a closed interval: what it holds, and where its index begins.</summary>
/// <param name="Index">Where the index begins.</param>
/// <param name="Sum">What it holds.</param>
/// <param name="ClosedAt">When it was closed.</param>
/// <param name="LastSegment">The segments up to this number are in it.</param>
/// <param name="Commit">The last commit of those.</param>
internal readonly record struct ClosedTrailer(long Index, ContentSum Sum, DateTimeOffset ClosedAt, int LastSegment, long Commit)
{
    /// <summary>Its bytes.</summary>
    public const int Length = 128;

    private static ReadOnlySpan<byte> Magic => "ADLF"u8;

    /// <summary>Writes it.</summary>
    public void Write(LogStreamWriter writer, LogFileHeader header)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes.Clear();
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[4..], LogFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], LastSegment);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Index);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], Sum.Blocks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[32..], Sum.Events);
        Sum.DigestSum.WriteTo(bytes[40..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], ClosedAt.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[64..], Commit);
        LogFormat.WriteChecksum(bytes, header.Seed, writer.Position);
        writer.Write(bytes);
    }

    /// <summary>Reads it; false when the file does not end with one.</summary>
    public static bool TryRead(ILogFile file, LogFileHeader header, out ClosedTrailer trailer)
    {
        trailer = default;
        var (bytes, offset) = (new byte[Length], file.Length - Length);
        if (offset < LogFormat.FileHeaderLength || file.Read(bytes, offset) < Length || !bytes.AsSpan().StartsWith(Magic)
            || BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(4)) != LogFormat.Version || !LogFormat.HasChecksum(bytes, header.Seed, offset)
            || BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(56)) is not (>= 0 and var ticks) || ticks > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }

        var sum = new ContentSum(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(24)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(32)),
            EventDigest.ReadFrom(bytes.AsSpan(40)));
        trailer = new ClosedTrailer(
            BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(16)), sum, new DateTimeOffset(ticks, TimeSpan.Zero),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(8)), BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(64)));
        return true;
    }
}
