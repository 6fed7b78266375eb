using System.Buffers.Binary;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Log;

/// <summary>What the index knows of a block, and where it lies.</summary>
/// <param name="Id">The block; its ordinal is 0 where a number has no block.</param>
/// <param name="Bucket">The id of its bucket.</param>
/// <param name="First">Its first key.</param>
/// <param name="Last">Its last key.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Offset">Where its record begins.</param>
/// <param name="Length">Bytes of the block.</param>
/// <param name="Events">Its events.</param>
/// <param name="Segment">The number of the segment that it lies in; 0 in the file of a closed interval.</param>
/// <param name="IsUncounted">Whether its body could not be read when it was counted: its bucket's digest sum is without it.</param>
internal readonly record struct BlockEntry(
    BlockId Id, CopysetId Bucket, EventKey First, EventKey Last, EventDigest Digest, long Offset, int Length, int Events, int Segment, bool IsUncounted)
{
    /// <summary>Bytes of the binary form.</summary>
    public const int BinaryLength = 88;

    private const int BucketOffset = 16;
    private const int FirstOffset = 24;
    private const int LastOffset = 36;
    private const int DigestOffset = 48;
    private const int OffsetOffset = 64;
    private const int LengthOffset = 72;
    private const int EventsOffset = 76;
    private const int SegmentOffset = 80;
    private const int FlagsOffset = 84;

    /// <summary>Whether there is a block.</summary>
    public bool Exists => Length > 0;

    /// <summary>Its minute, which no block crosses.</summary>
    public UnixMinute Minute => First.UnixMinute;

    /// <summary>Which block it is, for those that remember damage.</summary>
    public DamagedEntry Damaged => new(Id, Bucket, Minute);

    /// <summary>The block of a record.</summary>
    public static BlockEntry Of(in LogRecord record, int segment, long offset, bool isUncounted) => new(
        record.Id, record.Bucket, record.First, record.Last, record.Digest, offset, record.Length, record.Events, segment, isUncounted);

    /// <summary>Writes the binary form.</summary>
    public void WriteTo(Span<byte> bytes)
    {
        Id.WriteTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[BucketOffset..], Bucket.Value);
        First.WriteTo(bytes[FirstOffset..]);
        Last.WriteTo(bytes[LastOffset..]);
        Digest.WriteTo(bytes[DigestOffset..]);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[OffsetOffset..], Offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[LengthOffset..], Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[EventsOffset..], Events);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[SegmentOffset..], Segment);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[FlagsOffset..], IsUncounted ? 1 : 0);
    }

    /// <summary>Reads the binary form.</summary>
    /// <exception cref="FormatException">A key is not one.</exception>
    public static BlockEntry ReadFrom(ReadOnlySpan<byte> bytes) => new(
        BlockId.ReadFrom(bytes),
        new CopysetId(BinaryPrimitives.ReadInt64LittleEndian(bytes[BucketOffset..])),
        EventKey.ReadFrom(bytes[FirstOffset..]),
        EventKey.ReadFrom(bytes[LastOffset..]),
        EventDigest.ReadFrom(bytes[DigestOffset..]),
        BinaryPrimitives.ReadInt64LittleEndian(bytes[OffsetOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[EventsOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[SegmentOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(bytes[FlagsOffset..]) != 0);
}
