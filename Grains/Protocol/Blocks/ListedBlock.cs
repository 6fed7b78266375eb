using System.Buffers.Binary;
using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Blocks;

/// <summary>A block as a replica names it to another: an entry of <see cref="Replication.BlockList"/>.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Copyset">The id of its copyset.</param>
/// <param name="Digest">The digest of the whole block.</param>
/// <param name="Events">Events in it.</param>
/// <param name="Bytes">Its length.</param>
internal readonly record struct ListedBlock(BlockId Id, CopysetId Copyset, EventDigest Digest, int Events, int Bytes)
{
    /// <summary>Bytes of the binary form.</summary>
    public const int BinaryLength = BlockId.BinaryLength + sizeof(long) + EventDigest.BinaryLength + sizeof(int) + sizeof(int);

    private const int CopysetOffset = BlockId.BinaryLength;
    private const int DigestOffset = CopysetOffset + sizeof(long);
    private const int EventsOffset = DigestOffset + EventDigest.BinaryLength;
    private const int BytesOffset = EventsOffset + sizeof(int);

    /// <summary>Reads the binary form.</summary>
    public static ListedBlock ReadFrom(ReadOnlySpan<byte> source) => new(
        BlockId.ReadFrom(source),
        new CopysetId(BinaryPrimitives.ReadInt64BigEndian(source[CopysetOffset..])),
        EventDigest.ReadFrom(source[DigestOffset..]),
        BinaryPrimitives.ReadInt32BigEndian(source[EventsOffset..]),
        BinaryPrimitives.ReadInt32BigEndian(source[BytesOffset..]));

    /// <summary>Writes the binary form.</summary>
    public void WriteTo(Span<byte> destination)
    {
        Id.WriteTo(destination);
        BinaryPrimitives.WriteInt64BigEndian(destination[CopysetOffset..], Copyset.Value);
        Digest.WriteTo(destination[DigestOffset..]);
        BinaryPrimitives.WriteInt32BigEndian(destination[EventsOffset..], Events);
        BinaryPrimitives.WriteInt32BigEndian(destination[BytesOffset..], Bytes);
    }

    /// <summary>Reads all entries of a list.</summary>
    /// <exception cref="FormatException">The bytes are not whole entries.</exception>
    public static ListedBlock[] ReadAll(ReadOnlySpan<byte> entries)
    {
        if (entries.Length % BinaryLength != 0)
        {
            throw new FormatException($"{entries.Length} bytes are not a list of blocks: an entry has {BinaryLength}.");
        }

        var blocks = new ListedBlock[entries.Length / BinaryLength];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = ReadFrom(entries[(i * BinaryLength)..]);
        }

        return blocks;
    }
}
