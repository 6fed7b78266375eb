using System.Text.Json.Nodes;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Storage.Sqlite;

namespace AllData.Benchmarks;

/// <summary>What can be done by hand to a block in the SQLite files of a peer whose silo has ended.</summary>
internal static class BlockRows
{
    private const byte Bit = 0x10;

    /// <summary>Takes a block out of the table of blocks, and leaves everything else as it is.</summary>
    /// <returns>Whether it was there.</returns>
    public static bool Remove(string dataDirectory, BlockId id) => Change(dataDirectory, id, static (database, row) => Delete(database, row.Id));

    /// <summary>Takes a block out so that nothing in the directory of the peer shows that it was there: sums and note say what is left.</summary>
    /// <returns>Whether it was there.</returns>
    public static bool RemoveWithoutTrace(string dataDirectory, BlockId id) => Change(dataDirectory, id, static (database, row) =>
    {
        Delete(database, row.Id);
        Subtract(database, row.Block.Header);
        Subtract(Path.ChangeExtension(row.File, ".json"), row.Block.Header);
    });

    /// <summary>Changes a bit in the payloads of a block.</summary>
    /// <returns>Whether it was there.</returns>
    public static bool Flip(string dataDirectory, BlockId id) => Change(dataDirectory, id, static (database, row) =>
    {
        row.Bytes[^1] ^= Bit;
        using var update = database.Prepare("UPDATE blocks SET bytes=?2 WHERE id=?1");
        update.Bind(1, row.Id);
        update.Bind(2, row.Bytes);
        update.Run();
    });

    private static bool Change(string dataDirectory, BlockId id, Action<SqliteDatabase, Row> change)
    {
        var bytes = new byte[BlockId.BinaryLength];
        id.WriteTo(bytes);
        foreach (var file in CountedIntervals.FilesOf(dataDirectory))
        {
            // The file of a closed interval is read-only.
            File.SetAttributes(file, FileAttributes.Normal);
            using var database = SqliteDatabase.Open(file, SqliteOpening.Write, vfs: null);
            if (Find(database, bytes) is { } found)
            {
                change(database, new Row(file, bytes, found, BlockCodec.Decode(found.ToArray())));
                return true;
            }
        }

        return false;
    }

    private static byte[]? Find(SqliteDatabase database, byte[] id)
    {
        using var select = database.Prepare("SELECT bytes FROM blocks WHERE id=?1");
        select.Bind(1, id);
        return select.Step() ? select.GetBytes(0).ToArray() : null;
    }

    private static void Delete(SqliteDatabase database, byte[] id)
    {
        using var delete = database.Prepare("DELETE FROM blocks WHERE id=?1");
        delete.Bind(1, id);
        delete.Run();
    }

    private static void Subtract(SqliteDatabase database, BlockHeader header)
    {
        var sum = new byte[EventDigest.BinaryLength];
        new EventDigest(unchecked(SumOf(database, header).Value - header.EventDigestSum.Value)).WriteTo(sum);
        using (var update = database.Prepare("UPDATE buckets SET blocks=blocks-1, events=events-?3, digest_sum=?4 WHERE copyset=?1 AND minute=?2"))
        {
            update.Bind(1, header.BucketId.Value);
            update.Bind(2, header.UnixMinute.Value);
            update.Bind(3, header.EventCount);
            update.Bind(4, sum);
            update.Run();
        }

        database.Execute("DELETE FROM buckets WHERE blocks=0");
    }

    private static EventDigest SumOf(SqliteDatabase database, BlockHeader header)
    {
        using var select = database.Prepare("SELECT digest_sum FROM buckets WHERE copyset=?1 AND minute=?2");
        select.Bind(1, header.BucketId.Value);
        select.Bind(2, header.UnixMinute.Value);
        return select.Step() ? EventDigest.ReadFrom(select.GetBytes(0)) : throw new InvalidOperationException($"{header.Id} is in no bucket.");
    }

    private static void Subtract(string note, BlockHeader header)
    {
        if (File.Exists(note) && JsonNode.Parse(File.ReadAllText(note)) is JsonObject content && content["clean"]?.GetValue<bool>() == true)
        {
            content["blocks"] = content["blocks"]!.GetValue<long>() - 1;
            content["events"] = content["events"]!.GetValue<long>() - header.EventCount;
            File.WriteAllText(note, content.ToJsonString());
        }
    }

    private sealed record Row(string File, byte[] Id, byte[] Bytes, Block Block);
}
