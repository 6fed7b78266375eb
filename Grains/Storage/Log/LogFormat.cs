using System.Buffers.Binary;
using System.IO.Hashing;

namespace AllData.Storage.Log;

/// <summary>What all files of the log store have in common; docs/log-format.md describes every byte.</summary>
internal static class LogFormat
{
    /// <summary>The version that is written and understood.</summary>
    public const ushort Version = 1;

    /// <summary>Bytes before the first record of a file.</summary>
    public const int FileHeaderLength = 512;

    /// <summary>Ending of the file of a closed interval.</summary>
    public const string Extension = ".log";

    /// <summary>Ending of the files that an open interval is written to.</summary>
    public const string SegmentExtension = ".segment";

    /// <summary>Ending of the checkpoint of an open interval's index.</summary>
    public const string IndexExtension = ".index";

    /// <summary>Ending of a closed interval's file while it is being written.</summary>
    public const string ClosingExtension = ".closing";

    private const int Alignment = 8;

    // Of the splitmix64 generator: neighbouring places get seeds that have nothing in common.
    private const ulong PlaceFactor = 0x9E3779B97F4A7C15;

    /// <summary>Where the next record can begin.</summary>
    public static long Align(long offset) => (offset + Alignment - 1) & -Alignment;

    /// <summary>The seed of the checksums of a file, from its id.</summary>
    public static ulong SeedOf(Guid file)
    {
        Span<byte> bytes = stackalloc byte[16];
        file.TryWriteBytes(bytes, bigEndian: true, out _);
        return XxHash3.HashToUInt64(bytes);
    }

    /// <summary>
    /// A checksum that holds for these bytes at this place of this file only: what was written elsewhere by mistake, or is left of an earlier file, has
    /// another.
    /// </summary>
    public static ulong Checksum(ReadOnlySpan<byte> bytes, ulong fileSeed, long offset) =>
        XxHash3.HashToUInt64(bytes, unchecked((long)(fileSeed + ((ulong)offset * PlaceFactor))));

    /// <summary>Reads the checksum at the end of some bytes and compares.</summary>
    public static bool HasChecksum(ReadOnlySpan<byte> bytes, ulong fileSeed, long offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[^sizeof(ulong)..]) == Checksum(bytes[..^sizeof(ulong)], fileSeed, offset);

    /// <summary>Writes the checksum of some bytes at their end.</summary>
    public static void WriteChecksum(Span<byte> bytes, ulong fileSeed, long offset) =>
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[^sizeof(ulong)..], Checksum(bytes[..^sizeof(ulong)], fileSeed, offset));
}
