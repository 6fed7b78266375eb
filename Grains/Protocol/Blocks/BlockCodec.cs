using System.Buffers.Binary;
using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>Bytes that are not a block, or a block that was damaged. The message says which.</summary>
internal sealed class BlockFormatException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>
    /// Whether the digest is right but the header impossible. The block was formed that way, so no peer holds it intact and no replica takes it.
    /// </summary>
    public bool IsImpossible { get; init; }
}

/// <summary>
/// Forms and opens blocks. The layout is frozen (docs/block-format.md); a golden file pins it. Integers are little-endian, except in keys,
/// ids and digests, whose bytes sort like their values.
/// </summary>
internal static class BlockCodec
{
    /// <summary>The format version of blocks without a topic.</summary>
    public const ushort FormatVersion = 1;

    /// <summary>The format version of blocks with a topic.</summary>
    public const ushort TopicFormatVersion = 2;

    /// <summary>The format version of blocks of late events, with a topic or without.</summary>
    public const ushort LateFormatVersion = 3;

    /// <summary>Bytes of the header without the copyset.</summary>
    public const int FixedHeaderLength = 128;

    /// <summary>Bytes of the longest header.</summary>
    public const int MaxHeaderLength = FixedHeaderLength + (sizeof(int) * Copyset.MaxMembers) + Topic.MaxLength + EventKey.BinaryLength;

    // Offsets into the header. The first 24 bytes are not covered by the digest: they must have exactly the one value that is known,
    // or be the digest itself.
    private const int MagicOffset = 0;
    private const int VersionOffset = 4;
    private const int PaddingOffset = 6;
    private const int DigestOffset = 8;
    private const int ClusterOffset = 24;
    internal const int IdOffset = 40;
    internal const int MinuteOffset = 56;
    internal const int TopologyOffset = 60;
    internal const int LengthOffset = 68;
    internal const int CountOffset = 72;
    internal const int FirstKeyOffset = 76;
    internal const int LastKeyOffset = 88;
    private const int DigestSumOffset = 100;
    internal const int FlagsOffset = 116;
    internal const int ReplicationFactorOffset = 117;
    internal const int CopysetCountOffset = 118;
    internal const int ReservedOffset = 120;

    // Of the reserved bytes, format versions 2 and 3 use the first two.
    internal const int MoreFlagsOffset = 120;
    internal const int TopicLengthOffset = 121;
    internal const int TopicReservedOffset = 122;

    internal const byte GivenKeysFlag = 1;
    internal const byte TopicFlag = 1;
    internal const byte LateFlag = 2;

    private static ReadOnlySpan<byte> Magic => "ADBK"u8;

    /// <summary>Bytes of a block before its topic and its arrival, or before its records where it has neither.</summary>
    /// <param name="members">Members of the copyset.</param>
    public static int HeaderLength(int members) => FixedHeaderLength + (sizeof(int) * members);

    /// <summary>Bytes of a block before its records.</summary>
    public static int HeaderLength(BlockHeader header) => HeaderLength(header.Copyset.Ordinals.Length)
        + (header.Topic?.Value.Length ?? 0) + (header.Arrival is null ? 0 : EventKey.BinaryLength);

    /// <summary>Forms a block, copying each payload once.</summary>
    /// <param name="header">All but the fields that follow from the events, which are filled in here.</param>
    /// <param name="events">The events, their keys strictly ascending and all within the header's minute.</param>
    /// <exception cref="BlockFormatException">There are no events, they are not ascending, or they belong to another minute.</exception>
    public static Block Encode(BlockHeader header, ReadOnlySpan<KeyedEvent> events)
    {
        var recordsOffset = HeaderLength(header);
        var size = recordsOffset;
        foreach (var e in events)
        {
            size = checked(size + PackedEvent.Overhead + e.Payload.Length);
        }

        var bytes = new byte[size];
        var offset = recordsOffset;
        foreach (var e in events)
        {
            offset += PackedEvent.Write(bytes.AsSpan(offset), e.Key, e.Payload.Span);
        }

        var complete = Summarize(header, bytes.AsSpan(recordsOffset));
        WriteHeader(bytes, complete);
        var digest = EventDigest.Of(bytes.AsSpan(ClusterOffset));
        digest.WriteTo(bytes.AsSpan(DigestOffset));
        return new Block(complete with { BlockDigest = digest }, bytes, recordsOffset);
    }

    /// <summary>Opens a block and checks its digest, which covers every byte; the events are not opened.</summary>
    /// <exception cref="BlockFormatException">Not a block, of an unknown format version, or damaged.</exception>
    public static Block Decode(byte[] bytes)
    {
        var header = DecodeHeader(bytes);
        return new Block(header, bytes, HeaderLength(header));
    }

    /// <summary>Checks a block's digest, which covers every byte, and reads its header where it lies.</summary>
    /// <exception cref="BlockFormatException">Not a block, of an unknown format version, or damaged.</exception>
    public static BlockHeader DecodeHeader(ReadOnlySpan<byte> bytes)
    {
        var digest = Verify(bytes);
        return ReadHeader(bytes) with { BlockDigest = digest };
    }

    /// <summary>Checks a block's digest and reads what a merge needs of its header, without building anything.</summary>
    /// <exception cref="BlockFormatException">Not a block, of an unknown format version, or damaged.</exception>
    public static BlockOutline Outline(ReadOnlyMemory<byte> block)
    {
        var bytes = block.Span;
        var digest = Verify(bytes);
        return new BlockOutline(
            BlockId.ReadFrom(bytes[IdOffset..]),
            digest,
            EventKey.ReadFrom(bytes[FirstKeyOffset..]),
            EventKey.ReadFrom(bytes[LastKeyOffset..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[CountOffset..]),
            TopicOf(bytes),
            FindArrival(bytes),
            block[RecordsStart(bytes)..]);
    }

    /// <summary>Length of the block that begins here, as its header says; the block itself is not checked.</summary>
    /// <exception cref="BlockFormatException">No block begins here, or it is cut off.</exception>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        var length = bytes.Length < FixedHeaderLength ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes[LengthOffset..]);
        return length >= FixedHeaderLength && length <= bytes.Length && bytes.StartsWith(Magic)
            ? length
            : throw new BlockFormatException($"{bytes.Length} bytes that do not begin with a whole block.");
    }

    /// <summary>Checks a block's digest, which covers every byte, and that its header is possible; the events are not looked at.</summary>
    /// <returns>The digest.</returns>
    /// <exception cref="BlockFormatException">Not a block, of an unknown format version, damaged, or never formed by a coordinator.</exception>
    public static EventDigest Verify(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedHeaderLength || !bytes.StartsWith(Magic))
        {
            throw new BlockFormatException($"{bytes.Length} bytes that are not a block.");
        }

        var version = BinaryPrimitives.ReadUInt16LittleEndian(bytes[VersionOffset..]);
        if (version is not (FormatVersion or TopicFormatVersion or LateFormatVersion))
        {
            throw new BlockFormatException(
                $"A block of format version {version}; this program reads versions {FormatVersion} to {LateFormatVersion}. Use a newer program.");
        }

        var digest = EventDigest.ReadFrom(bytes[DigestOffset..]);
        if (BinaryPrimitives.ReadUInt16LittleEndian(bytes[PaddingOffset..]) != 0 || EventDigest.Of(bytes[ClusterOffset..]) != digest)
        {
            throw new BlockFormatException("A block whose digest does not match its bytes: it is damaged.");
        }

        return BlockHeaderRules.Fault(bytes) is { } fault
            ? throw new BlockFormatException($"A block whose header makes no sense: {fault}.") { IsImpossible = true }
            : digest;
    }

    /// <summary>The length of a block's topic; 0 where it has none.</summary>
    internal static int TopicLength(ReadOnlySpan<byte> bytes) => HasMore(bytes) ? bytes[TopicLengthOffset] : 0;

    /// <summary>Whether a block is of a format that has a topic, an arrival or both.</summary>
    internal static bool HasMore(ReadOnlySpan<byte> bytes) => VersionOf(bytes) is TopicFormatVersion or LateFormatVersion;

    /// <summary>Whether a block is of the format of late events.</summary>
    internal static bool IsLate(ReadOnlySpan<byte> bytes) => VersionOf(bytes) == LateFormatVersion;

    /// <summary>Where a block's topic begins, or what follows it where it has none.</summary>
    internal static int TopicStart(ReadOnlySpan<byte> bytes) => HeaderLength(BinaryPrimitives.ReadUInt16LittleEndian(bytes[CopysetCountOffset..]));

    /// <summary>Where a block's arrival begins, or its records where it has none.</summary>
    internal static int ArrivalStart(ReadOnlySpan<byte> bytes) => TopicStart(bytes) + TopicLength(bytes);

    /// <summary>Where a block's records begin.</summary>
    internal static int RecordsStart(ReadOnlySpan<byte> bytes) => ArrivalStart(bytes) + (IsLate(bytes) ? EventKey.BinaryLength : 0);

    /// <summary>The topic of a block of which only the first bytes are at hand, unchecked; null where it has none, or what is there is not one.</summary>
    /// <param name="start">At least <see cref="MaxHeaderLength"/> bytes, or the whole block.</param>
    public static Topic? FindTopic(ReadOnlySpan<byte> start) =>
        start.Length >= FixedHeaderLength && start.StartsWith(Magic) && HasMore(start) && TopicStart(start) + TopicLength(start) <= start.Length
            ? TopicOf(start)
            : null;

    /// <summary>
    /// The arrival of a block of which only the first bytes are at hand, unchecked; null where it has none, or what is there is not one.
    /// </summary>
    /// <param name="start">At least <see cref="MaxHeaderLength"/> bytes, or the whole block.</param>
    public static EventKey? FindArrival(ReadOnlySpan<byte> start) =>
        start.Length >= FixedHeaderLength && start.StartsWith(Magic) && IsLate(start) && RecordsStart(start) <= start.Length
            && EventKey.TryReadFrom(start[ArrivalStart(start)..], out var arrival)
                ? arrival
                : null;

    private static ushort VersionOf(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[VersionOffset..]);

    private static Topic? TopicOf(ReadOnlySpan<byte> bytes) =>
        TopicLength(bytes) is > 0 and var length && Topic.TryRead(bytes.Slice(TopicStart(bytes), length), out var topic) ? topic : null;

    private static BlockHeader Summarize(BlockHeader header, ReadOnlySpan<byte> records)
    {
        var count = 0;
        var sum = ArrivalKeys.DigestOf(header.Arrival);
        EventKey first = default, last = default;
        var reader = new PackedEventReader(records, header.Topic);
        while (reader.MoveNext())
        {
            var key = reader.Current.Key;
            if (key.UnixMinute != header.UnixMinute || (count > 0 && key <= last))
            {
                throw new BlockFormatException(
                    $"Key {key} is not after {last} within one minute: a block's keys ascend and stay in its minute.");
            }

            first = count == 0 ? key : first;
            last = key;
            sum += reader.Current.Digest;
            count++;
        }

        return count == 0
            ? throw new BlockFormatException("A block has at least one event.")
            : header with { EventCount = count, FirstKey = first, LastKey = last, EventDigestSum = sum };
    }

    private static void WriteHeader(Span<byte> bytes, BlockHeader header)
    {
        Magic.CopyTo(bytes[MagicOffset..]);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[VersionOffset..], VersionOf(header));
        header.ClusterId.TryWriteBytes(bytes[ClusterOffset..], bigEndian: true, out _);
        header.Id.WriteTo(bytes[IdOffset..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[MinuteOffset..], checked((uint)header.UnixMinute.Value));
        BinaryPrimitives.WriteInt64LittleEndian(bytes[TopologyOffset..], header.TopologyVersion);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[LengthOffset..], bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[CountOffset..], header.EventCount);
        header.FirstKey.WriteTo(bytes[FirstKeyOffset..]);
        header.LastKey.WriteTo(bytes[LastKeyOffset..]);
        header.EventDigestSum.WriteTo(bytes[DigestSumOffset..]);
        bytes[FlagsOffset] = header.HasSuppliedKeys ? GivenKeysFlag : (byte)0;
        bytes[ReplicationFactorOffset] = checked((byte)header.ReplicationFactor);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[CopysetCountOffset..], (ushort)header.Copyset.Ordinals.Length);
        for (var i = 0; i < header.Copyset.Ordinals.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes[(FixedHeaderLength + (sizeof(int) * i))..], header.Copyset.Ordinals[i]);
        }

        if (header.Topic is { } topic)
        {
            bytes[MoreFlagsOffset] = TopicFlag;
            bytes[TopicLengthOffset] = checked((byte)topic.Value.Length);
            topic.WriteTo(bytes[HeaderLength(header.Copyset.Ordinals.Length)..]);
        }

        if (header.Arrival is { } arrival)
        {
            bytes[MoreFlagsOffset] |= LateFlag;
            arrival.WriteTo(bytes[(HeaderLength(header) - EventKey.BinaryLength)..]);
        }
    }

    private static ushort VersionOf(BlockHeader header) =>
        header.Arrival is not null ? LateFormatVersion : header.Topic is not null ? TopicFormatVersion : FormatVersion;

    private static BlockHeader ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var flags = bytes[FlagsOffset];
        var members = BinaryPrimitives.ReadUInt16LittleEndian(bytes[CopysetCountOffset..]);
        Span<int> ordinals = stackalloc int[members];
        for (var i = 0; i < members; i++)
        {
            ordinals[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(FixedHeaderLength + (sizeof(int) * i))..]);
        }

        return new BlockHeader
        {
            ClusterId = new Guid(bytes.Slice(ClusterOffset, 16), bigEndian: true),
            Id = BlockId.ReadFrom(bytes[IdOffset..]),
            UnixMinute = new UnixMinute(BinaryPrimitives.ReadUInt32LittleEndian(bytes[MinuteOffset..])),
            TopologyVersion = BinaryPrimitives.ReadInt64LittleEndian(bytes[TopologyOffset..]),
            EventCount = BinaryPrimitives.ReadInt32LittleEndian(bytes[CountOffset..]),
            FirstKey = EventKey.ReadFrom(bytes[FirstKeyOffset..]),
            LastKey = EventKey.ReadFrom(bytes[LastKeyOffset..]),
            EventDigestSum = EventDigest.ReadFrom(bytes[DigestSumOffset..]),
            HasSuppliedKeys = (flags & GivenKeysFlag) != 0,
            ReplicationFactor = bytes[ReplicationFactorOffset],
            Copyset = new Copyset(ordinals),
            Topic = TopicOf(bytes),
            Arrival = FindArrival(bytes),
        };
    }
}
