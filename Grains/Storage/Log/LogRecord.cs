using System.Buffers.Binary;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>What a record is about.</summary>
internal enum LogRecordKind : byte
{
    /// <summary>A block; a later one of the same id takes its place.</summary>
    Block = 1,

    /// <summary>A block is taken out: no coordinator can have formed it.</summary>
    Removal = 2,

    /// <summary>The interval takes no more puts.</summary>
    Promise = 3,

    /// <summary>The first record of a segment: where the one before it ends.</summary>
    Start = 4,
}

/// <summary>A record's place in the commit that it was written with.</summary>
[Flags]
internal enum LogRecordFlags : ushort
{
    /// <summary>In the middle.</summary>
    None = 0,

    /// <summary>The first of its commit.</summary>
    First = 1,

    /// <summary>The last of its commit.</summary>
    Last = 2,
}

/// <summary>
/// The head of a record. Its checksum covers the head and the place; the body has its own digest, which is in the head. So damage to a body costs one
/// block, whose id and keys are still known.
/// </summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Flags">Its place in the commit.</param>
/// <param name="Length">Bytes of the body.</param>
/// <param name="Events">Events of the block.</param>
/// <param name="Commit">What was flushed together; rises by one with each flush of an interval.</param>
/// <param name="Number">The block's number in the interval.</param>
/// <param name="Id">The block.</param>
/// <param name="Bucket">The id of its bucket.</param>
/// <param name="First">Its first key.</param>
/// <param name="Last">Its last key.</param>
/// <param name="Digest">The block's digest; of another body, the digest of its bytes.</param>
internal readonly record struct LogRecord(
    LogRecordKind Kind, LogRecordFlags Flags, int Length, int Events, long Commit, long Number, BlockId Id, CopysetId Bucket, EventKey First, EventKey Last,
    EventDigest Digest)
{
    /// <summary>Bytes of a record before its body.</summary>
    public const int HeaderLength = 104;

    /// <summary>What no block is larger than: a head that says more is not believed.</summary>
    public const int MaxLength = 1 << 30;

    private const int VersionOffset = 4;
    private const int KindOffset = 5;
    private const int FlagsOffset = 6;
    private const int LengthOffset = 8;
    private const int EventsOffset = 12;
    private const int CommitOffset = 16;
    private const int NumberOffset = 24;
    private const int IdOffset = 32;
    private const int BucketOffset = 48;
    private const int FirstOffset = 56;
    private const int LastOffset = 68;
    private const int DigestOffset = 80;

    /// <summary>How a record begins.</summary>
    public static ReadOnlySpan<byte> Magic => "ADLR"u8;

    /// <summary>Bytes of the whole record, with what fills it up.</summary>
    public long TotalLength => LogFormat.Align(HeaderLength + (long)Length);

    /// <summary>The record of a block.</summary>
    public static LogRecord Of(BlockHeader header, int length, long number) => new(
        LogRecordKind.Block, LogRecordFlags.None, length, header.EventCount, Commit: 0, number, header.Id, header.BucketId, header.FirstKey, header.LastKey,
        header.BlockDigest);

    /// <summary>A record that is not about a block.</summary>
    public static LogRecord Of(LogRecordKind kind, ReadOnlySpan<byte> body) =>
        new(kind, LogRecordFlags.None, body.Length, 0, 0, 0, default, default, default, default, EventDigest.Of(body));

    /// <summary>Writes the head.</summary>
    /// <param name="bytes">At least <see cref="HeaderLength"/> bytes.</param>
    /// <param name="fileSeed">Of the file.</param>
    /// <param name="offset">Where in the file they will lie.</param>
    public void WriteTo(Span<byte> bytes, ulong fileSeed, long offset)
    {
        Magic.CopyTo(bytes);
        bytes[VersionOffset] = (byte)LogFormat.Version;
        bytes[KindOffset] = (byte)Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[FlagsOffset..], (ushort)Flags);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[LengthOffset..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[EventsOffset..], Events);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[CommitOffset..], Commit);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[NumberOffset..], Number);
        Id.WriteTo(bytes[IdOffset..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[BucketOffset..], Bucket.Value);
        First.WriteTo(bytes[FirstOffset..]);
        Last.WriteTo(bytes[LastOffset..]);
        Digest.WriteTo(bytes[DigestOffset..]);
        LogFormat.WriteChecksum(bytes[..HeaderLength], fileSeed, offset);
    }

    /// <summary>Reads a head; false when no record of this file begins at this place.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, ulong fileSeed, long offset, out LogRecord record)
    {
        record = default;
        if (bytes.Length < HeaderLength || !bytes.StartsWith(Magic) || bytes[VersionOffset] != LogFormat.Version
            || !LogFormat.HasChecksum(bytes[..HeaderLength], fileSeed, offset))
        {
            return false;
        }

        return TryReadFields(bytes, out record);
    }

    // A head whose checksum holds was written like this; the checks keep a reader of a forged file within bounds.
    private static bool TryReadFields(ReadOnlySpan<byte> bytes, out LogRecord record)
    {
        record = default;
        if (!EventKey.TryReadFrom(bytes[FirstOffset..], out var first) || !EventKey.TryReadFrom(bytes[LastOffset..], out var last))
        {
            return false;
        }

        record = new LogRecord(
            (LogRecordKind)bytes[KindOffset],
            (LogRecordFlags)BinaryPrimitives.ReadUInt16LittleEndian(bytes[FlagsOffset..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthOffset..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[EventsOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[CommitOffset..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[NumberOffset..]),
            BlockId.ReadFrom(bytes[IdOffset..]),
            new CopysetId(BinaryPrimitives.ReadInt64LittleEndian(bytes[BucketOffset..])),
            first,
            last,
            EventDigest.ReadFrom(bytes[DigestOffset..]));
        return record.Length is >= 0 and <= MaxLength && record.Number >= 0 && record.Commit >= 0;
    }
}
