using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>
/// A row of the table of blocks as a check reads it: <c>seq, id, copyset, first_key, last_key, width, events, digest, bytes</c>, in this order.
/// </summary>
internal static class StoredBlock
{
    /// <summary>The id, as the row has it.</summary>
    public static string IdOf(SqliteStatement row) =>
        row.GetBytes(1) is { Length: BlockId.BinaryLength } id ? BlockId.ReadFrom(id).ToString() : "no id";

    /// <summary>Which block a row claims to be; null when its columns are damaged too.</summary>
    public static DamagedEntry? EntryOf(SqliteDatabase database, long seq)
    {
        using var row = database.Prepare("SELECT seq, id, copyset, first_key FROM blocks NOT INDEXED WHERE seq=?1");
        row.Bind(1, seq);
        return row.Step() ? EntryOf(row) : null;
    }

    /// <summary>Which block a row claims to be; null when its columns are damaged too.</summary>
    public static DamagedEntry? EntryOf(SqliteStatement row) =>
        row.GetBytes(1) is { Length: BlockId.BinaryLength } id && EventKey.TryParse(row.GetText(3), out var first)
            ? new DamagedEntry(BlockId.ReadFrom(id), new CopysetId(row.GetInt64(2)), first.UnixMinute)
            : null;

    /// <summary>What is wrong with a block; null when bytes, columns and records agree.</summary>
    /// <param name="row">The row.</param>
    /// <param name="bytes">Its bytes.</param>
    /// <param name="header">The header; null when the bytes are damaged.</param>
    /// <param name="isImpossible">Whether no coordinator can have formed it.</param>
    public static string? Fault(SqliteStatement row, ReadOnlySpan<byte> bytes, out BlockHeader? header, out bool isImpossible)
    {
        header = null;
        isImpossible = false;
        try
        {
            header = BlockCodec.DecodeHeader(bytes);
        }
        catch (BlockFormatException e)
        {
            isImpossible = e.IsImpossible;
            return e.Message;
        }

        return ColumnsAgree(row, header)
            ? BlockRecords.Fault(header, new PackedEventReader(bytes[BlockCodec.HeaderLength(header)..], header.Topic))
            : "the columns of its row do not agree with its header.";
    }

    private static bool ColumnsAgree(SqliteStatement row, BlockHeader header)
    {
        Span<byte> id = stackalloc byte[BlockId.BinaryLength];
        Span<byte> digest = stackalloc byte[EventDigest.BinaryLength];
        header.Id.WriteTo(id);
        header.BlockDigest.WriteTo(digest);
        return row.GetBytes(1).SequenceEqual(id)
            && row.GetInt64(2) == header.BucketId.Value
            && row.GetText(3) == header.FirstKey.ToString()
            && row.GetText(4) == header.LastKey.ToString()
            && row.GetInt64(5) == KeySpan.WidthOf(header.FirstKey, header.LastKey)
            && row.GetInt64(6) == header.EventCount
            && row.GetBytes(7).SequenceEqual(digest);
    }
}
