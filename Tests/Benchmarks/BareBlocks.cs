using AllData.Protocol.Blocks;
using AllData.Silo.LocalCluster;
using AllData.Storage.Directories;
using AllData.Storage.Sqlite;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>The blocks of a cluster, each once, in one SQLite file: what a scan would read if there were nothing but the file.</summary>
internal sealed class BareBlocks : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private string Path => System.IO.Path.Combine(_folder.Path, "blocks.db");

    /// <summary>Blocks.</summary>
    public long Blocks { get; private set; }

    /// <summary>Events in them.</summary>
    public long Events { get; private set; }

    /// <summary>Size of the file.</summary>
    public long Bytes => new FileInfo(Path).Length;

    /// <summary>Copies the blocks of all peers' interval files, which may be in use.</summary>
    public static BareBlocks CopyFrom(LocalClusterLayout layout)
    {
        var bare = new BareBlocks();
        using var target = SqliteDatabase.Open(bare.Path, SqliteOpening.Create, vfs: null);
        target.Execute("CREATE TABLE blocks(seq INTEGER PRIMARY KEY, id BLOB UNIQUE, first_key TEXT, bytes BLOB); BEGIN");
        using var insert = target.Prepare("INSERT OR IGNORE INTO blocks(id, first_key, bytes) VALUES(?1, ?2, ?3)");
        foreach (var file in layout.Peers.SelectMany(p => Directory.EnumerateFiles(System.IO.Path.Combine(p.DataDirectory, "intervals"), "*.db")))
        {
            using var source = SqliteDatabase.Open(file, SqliteOpening.Write, vfs: null);
            using var select = source.Prepare("SELECT id, first_key, bytes, events FROM blocks ORDER BY seq");
            while (select.Step())
            {
                insert.Bind(1, select.GetBytes(0));
                insert.Bind(2, select.GetText(1));
                insert.Bind(3, select.GetBytes(2));
                insert.Run();
                bare.Blocks += target.Changes;
                bare.Events += target.Changes * select.GetInt64(3);
            }
        }

        target.Execute("COMMIT");
        return bare;
    }

    /// <summary>Reads, verifies and decodes all of them; the number of events.</summary>
    public long Read()
    {
        using var database = SqliteDatabase.Open(Path, SqliteOpening.Write, vfs: null);
        using var select = database.Prepare("SELECT bytes FROM blocks ORDER BY seq");
        var (events, sink) = (0L, 0L);
        while (select.Step())
        {
            var reader = BlockCodec.Decode(select.GetBytes(0).ToArray()).GetReader();
            while (reader.MoveNext())
            {
                sink += reader.Current.Key.UnixMilliseconds + reader.Current.Payload.Length;
                events++;
            }
        }

        return sink > 0 ? events : -1;
    }

    /// <summary>Removes the file.</summary>
    public void Dispose() => _folder.Dispose();
}
