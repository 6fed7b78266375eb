using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Engine;
using AllData.Storage.Replica;
using AllData.Storage.Sqlite;

namespace AllData.Tests.Support;

/// <summary>The engine in files, in a folder of its own, on a file system that can fail.</summary>
internal sealed class SqliteEngineHarness : IStorageEngineHarness
{
    private readonly StorageFolder _folder = new();

    /// <summary>The file system.</summary>
    public FaultyVfs Vfs { get; } = new();

    /// <summary>The data directory.</summary>
    public string Path => _folder.Path;

    /// <summary>What a test reaches into; the file system is always the harness' own.</summary>
    public SqliteSeams Seams { get; set; } = SqliteSeams.None;

    /// <inheritdoc/>
    public IStorageEngine Open(EngineSetting setting) => SqliteEngine.Open(Path, Seams with { Vfs = Vfs.Name }, setting);

    /// <summary>Opens a store in any directory, on any file system.</summary>
    public static IReplicaStore OpenAt(string path, string? vfs, StorageOptions? options = null) => ReplicaStore.Open(
        EngineStores.SettingOf(options), setting => SqliteEngine.Open(path, SqliteSeams.None with { Vfs = vfs }, setting));

    /// <summary>The file of an interval.</summary>
    public string FileOf(Interval interval) => System.IO.Path.Combine(Path, "intervals", $"{interval}.db");

    /// <inheritdoc/>
    public void Damage(BlockId id)
    {
        var idBytes = new byte[BlockId.BinaryLength];
        id.WriteTo(idBytes);
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(Path, "intervals"), "*.db"))
        {
            using var database = OpenToTamper(file);
            using var select = database.Prepare("SELECT bytes FROM blocks WHERE id=?1");
            select.Bind(1, idBytes);
            if (select.Step())
            {
                var bytes = select.GetBytes(0).ToArray();
                bytes[^1] ^= 1;
                select.Reset();
                using var update = database.Prepare("UPDATE blocks SET bytes=?2 WHERE id=?1");
                update.Bind(1, idBytes);
                update.Bind(2, bytes);
                update.Run();
            }
        }
    }

    /// <inheritdoc/>
    public void Forge(BlockId id, byte[] bytes, CopysetId copyset, string members)
    {
        var idBytes = new byte[BlockId.BinaryLength];
        id.WriteTo(idBytes);
        foreach (var file in Directory.EnumerateFiles(System.IO.Path.Combine(Path, "intervals"), "*.db"))
        {
            using var database = OpenToTamper(file);
            using var move = database.Prepare("UPDATE buckets SET copyset=?2 WHERE copyset=(SELECT copyset FROM blocks WHERE id=?1)");
            move.Bind(1, idBytes);
            move.Bind(2, copyset.Value);
            move.Run();
            using var update = database.Prepare("UPDATE blocks SET bytes=?2, digest=?3, copyset=?4 WHERE id=?1");
            update.Bind(1, idBytes);
            update.Bind(2, bytes);
            update.Bind(3, bytes.AsSpan(8, 16));
            update.Bind(4, copyset.Value);
            update.Run();
            Write(database, copyset, members);
        }
    }

    /// <inheritdoc/>
    public void WriteCopyset(Interval interval, CopysetId copyset, string members)
    {
        using var database = OpenToTamper(FileOf(interval));
        Write(database, copyset, members);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<CopysetId, string> ReadCopysets(Interval interval)
    {
        using var database = SqliteDatabase.Open(FileOf(interval), SqliteOpening.Write, vfs: null);
        using var select = database.Prepare("SELECT id, members FROM copysets");
        var rows = new Dictionary<CopysetId, string>();
        while (select.Step())
        {
            rows.Add(new CopysetId(select.GetInt64(0)), select.GetText(1));
        }

        return rows;
    }

    private static void Write(SqliteDatabase database, CopysetId copyset, string members)
    {
        using var write = database.Prepare("INSERT OR REPLACE INTO copysets(id, members) VALUES(?1, ?2)");
        write.Bind(1, copyset.Value);
        write.Bind(2, members);
        write.Run();
    }

    /// <inheritdoc/>
    public IReadOnlyList<BucketRow> ReadBuckets(Interval interval)
    {
        using var database = SqliteDatabase.Open(FileOf(interval), SqliteOpening.Write, vfs: null);
        using var select = database.Prepare("SELECT copyset, minute, blocks, events, digest_sum FROM buckets ORDER BY copyset, minute");
        var rows = new List<BucketRow>();
        while (select.Step())
        {
            var sum = Events.EventDigest.ReadFrom(select.GetBytes(4)).Value;
            rows.Add(new BucketRow(new(select.GetInt64(0)), new(select.GetInt64(1)), select.GetInt64(2), select.GetInt64(3), sum));
        }

        return rows;
    }

    /// <inheritdoc/>
    public void WriteBucket(Interval interval, BucketRow row)
    {
        using var database = OpenToTamper(FileOf(interval));
        using var write = database.Prepare(
            "INSERT OR REPLACE INTO buckets(copyset, minute, blocks, events, digest_sum) VALUES(?1, ?2, ?3, ?4, ?5)");
        var sum = new byte[Events.EventDigest.BinaryLength];
        new Events.EventDigest(row.DigestSum).WriteTo(sum);
        write.Bind(1, row.Copyset.Value);
        write.Bind(2, row.Minute.Value);
        write.Bind(3, row.Blocks);
        write.Bind(4, row.Events);
        write.Bind(5, sum);
        write.Run();
    }

    /// <inheritdoc/>
    public void DeleteBucket(Interval interval, CopysetId copyset, UnixMinute minute)
    {
        using var database = OpenToTamper(FileOf(interval));
        database.Execute($"DELETE FROM buckets WHERE copyset={copyset.Value} AND minute={minute.Value}");
    }

    /// <inheritdoc/>
    public void ForgetTopics(Interval interval) => Forget(interval, "topics");

    /// <inheritdoc/>
    public void ForgetLate(Interval interval) => Forget(interval, "late");

    private void Forget(Interval interval, string table)
    {
        using var database = OpenToTamper(FileOf(interval));
        database.Execute($"DELETE FROM {table}");
    }

    /// <inheritdoc/>
    public void LoseInterval(Interval interval) => File.Delete(FileOf(interval));

    /// <inheritdoc/>
    public void FailFlushes() => Vfs.SyncFault = FaultyVfs.SyncError;

    /// <inheritdoc/>
    public void FillDisk() => Vfs.WriteFault = FaultyVfs.DiskFull;

    /// <inheritdoc/>
    public void Mend()
    {
        Vfs.SyncFault = 0;
        Vfs.WriteFault = 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Vfs.Dispose();
        _folder.Dispose();
    }

    // A closed interval's file is read-only.
    private static SqliteDatabase OpenToTamper(string file)
    {
        File.SetAttributes(file, FileAttributes.Normal);
        return SqliteDatabase.Open(file, SqliteOpening.Write, vfs: null);
    }
}
