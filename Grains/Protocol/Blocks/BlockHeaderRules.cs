using System.Buffers.Binary;
using AllData.Events;

namespace AllData.Protocol.Blocks;

/// <summary>
/// The rules for a header. A digest proves that the bytes are those that were formed, not that they make sense. No later reader accepts an ordinal
/// below 1, so such a block must not be stored. The rules read the header in place and allocate nothing.
/// </summary>
internal static class BlockHeaderRules
{
    /// <summary>Why a header is impossible; null if it is possible.</summary>
    /// <param name="bytes">A whole block, at least as long as the fixed part of a header.</param>
    public static string? Fault(ReadOnlySpan<byte> bytes)
    {
        var members = BinaryPrimitives.ReadUInt16LittleEndian(bytes[BlockCodec.CopysetCountOffset..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(bytes[BlockCodec.LengthOffset..]) != bytes.Length
            || BlockCodec.RecordsStart(bytes) > bytes.Length
            || (bytes[BlockCodec.FlagsOffset] & ~BlockCodec.GivenKeysFlag) != 0
            || bytes[(BlockCodec.HasMore(bytes) ? BlockCodec.TopicReservedOffset : BlockCodec.ReservedOffset)..BlockCodec.FixedHeaderLength]
                .ContainsAnyExcept((byte)0))
        {
            return "lengths or flags are not possible";
        }

        return FaultOfTopic(bytes) ?? FaultOfArrival(bytes) ?? FaultOfCopyset(bytes, members)
            ?? FaultOfId(BlockId.ReadFrom(bytes[BlockCodec.IdOffset..])) ?? FaultOfKeys(bytes);
    }

    // A block has one form: version 1 without a topic, version 2 with one, version 3 if its events are late. Flags that are not known may change what the
    // records mean.
    private static string? FaultOfTopic(ReadOnlySpan<byte> bytes)
    {
        if (!BlockCodec.HasMore(bytes))
        {
            return null;
        }

        var (flags, length) = (bytes[BlockCodec.MoreFlagsOffset], BlockCodec.TopicLength(bytes));
        var isOfTopic = !BlockCodec.IsLate(bytes) || length > 0;
        var expected = (isOfTopic ? BlockCodec.TopicFlag : 0) | (BlockCodec.IsLate(bytes) ? BlockCodec.LateFlag : 0);
        return flags != expected ? $"flags {flags:x2} are not those of a block with a topic, or of late events"
            : !isOfTopic || Topic.IsOne(bytes.Slice(BlockCodec.TopicStart(bytes), length)) ? null
            : "its topic is not one";
    }

    // Its coordinator has issued the arrival for it, after the watermark below which the keys lie.
    private static string? FaultOfArrival(ReadOnlySpan<byte> bytes)
    {
        if (!BlockCodec.IsLate(bytes))
        {
            return null;
        }

        var coordinator = BlockId.ReadFrom(bytes[BlockCodec.IdOffset..]).Ordinal;
        var count = BinaryPrimitives.ReadInt32LittleEndian(bytes[BlockCodec.CountOffset..]);
        return BlockCodec.FindArrival(bytes) is not { } arrival ? "its arrival is no key"
            : arrival.IsReserved || arrival.Ordinal != coordinator ? $"its coordinator does not issue arrival {arrival}"
            : (bytes[BlockCodec.FlagsOffset] & BlockCodec.GivenKeysFlag) == 0 ? "its events are late, but their keys were not given"
            : !ArrivalKeys.IsPossible(arrival, count) ? $"arrival {arrival} leaves no positions for its events"
            : EventKey.TryReadFrom(bytes[BlockCodec.LastKeyOffset..], out var last) && arrival <= last ? $"arrival {arrival} is not after its keys"
            : null;
    }

    private static string? FaultOfCopyset(ReadOnlySpan<byte> bytes, int members)
    {
        var factor = bytes[BlockCodec.ReplicationFactorOffset];
        if (members is < 1 or > Copyset.MaxMembers || factor is < 1 or > Copyset.MaxMembers)
        {
            return $"a block has 1 to {Copyset.MaxMembers} members and replicas, not {members} and {factor}";
        }

        for (var (i, before) = (0, 0); i < members; i++)
        {
            var ordinal = BinaryPrimitives.ReadInt32LittleEndian(bytes[(BlockCodec.FixedHeaderLength + (sizeof(int) * i))..]);
            if (ordinal <= before || ordinal > EventKey.MaxOrdinal)
            {
                return $"member {ordinal} comes after {before}; they are 1 to {EventKey.MaxOrdinal} and ascend";
            }

            before = ordinal;
        }

        var version = BinaryPrimitives.ReadInt64LittleEndian(bytes[BlockCodec.TopologyOffset..]);
        return version < 0 ? $"topology version {version} is negative" : null;
    }

    private static string? FaultOfId(BlockId id) => id.IsPossible ? null : $"{id} is no block id";

    private static string? FaultOfKeys(ReadOnlySpan<byte> bytes)
    {
        var minute = new UnixMinute(BinaryPrimitives.ReadUInt32LittleEndian(bytes[BlockCodec.MinuteOffset..]));
        var events = BinaryPrimitives.ReadInt32LittleEndian(bytes[BlockCodec.CountOffset..]);
        if (!EventKey.TryReadFrom(bytes[BlockCodec.FirstKeyOffset..], out var first) || !EventKey.TryReadFrom(bytes[BlockCodec.LastKeyOffset..], out var last))
        {
            return "it has no valid keys";
        }

        // The minute decides the place and the bucket; a key outside it would never be found again.
        return first.UnixMinute != minute || last.UnixMinute != minute || last < first ? $"keys {first} to {last} are not within minute {minute}"
            : events < 1 ? $"{events} events"
            : null;
    }
}
