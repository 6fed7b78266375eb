using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Writes the rows of a block; its buckets are <see cref="BucketTally"/>'s. For one thread.</summary>
internal sealed class BlockInsert(SqliteDatabase database) : IDisposable
{
    private const int MostKnownCopysets = 65_536;

    private readonly SqliteStatement _insert = database.Prepare("""
        INSERT INTO blocks(id, copyset, first_key, last_key, width, events, digest, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT(id) DO NOTHING
        """);

    private readonly SqliteStatement _selectCopyset = database.Prepare("SELECT members FROM copysets WHERE id=?1");
    private readonly SqliteStatement _writeCopyset = database.Prepare("INSERT OR REPLACE INTO copysets(id, members) VALUES(?1, ?2)");

    private readonly BlockIndexes _indexes = new(database);

    // The number of copies that is written with each.
    private readonly Dictionary<CopysetId, int> _copysets = [];

    /// <summary>The number (<c>seq</c>) of the last block that was written.</summary>
    public long LastNumber { get; private set; }

    /// <summary>Writes a block and its copyset; false, and nothing is written, when its id is there already.</summary>
    public bool TryRun(Block block)
    {
        var header = block.Header;
        Span<byte> id = stackalloc byte[BlockId.BinaryLength];
        Span<byte> digest = stackalloc byte[EventDigest.BinaryLength];
        header.Id.WriteTo(id);
        header.BlockDigest.WriteTo(digest);
        _insert.Bind(1, id);
        _insert.Bind(2, header.BucketId.Value);
        _insert.Bind(3, header.FirstKey);
        _insert.Bind(4, header.LastKey);
        _insert.Bind(5, KeySpan.WidthOf(header.FirstKey, header.LastKey));
        _insert.Bind(6, header.EventCount);
        _insert.Bind(7, digest);
        _insert.Bind(8, block.Bytes.Bytes);
        _insert.Run();
        if (database.Changes == 0)
        {
            return false;
        }

        LastNumber = database.LastInsertRowId;
        _indexes.Add(header, LastNumber);
        RememberCopyset(header);
        return true;
    }

    public void Dispose()
    {
        _insert.Dispose();
        _selectCopyset.Dispose();
        _writeCopyset.Dispose();
        _indexes.Dispose();
    }

    // The largest number of copies wins: otherwise no peer would make those that are missing.
    private void RememberCopyset(BlockHeader header)
    {
        var (id, factor) = (header.BucketId, Math.Max(header.ReplicationFactor, header.Copyset.Ordinals.Length));
        if (!_copysets.TryGetValue(id, out var written))
        {
            // Topics come in any number.
            if (_copysets.Count == MostKnownCopysets)
            {
                _copysets.Clear();
            }

            written = ReadFactor(id);
        }

        if (written < factor)
        {
            _writeCopyset.Bind(1, id.Value);
            _writeCopyset.Bind(2, CopysetText.Format(header.Copyset, factor, header.Topic));
            _writeCopyset.Run();
        }

        _copysets[id] = Math.Max(written, factor);
    }

    private int ReadFactor(CopysetId copyset)
    {
        _selectCopyset.Bind(1, copyset.Value);
        try
        {
            // One that cannot be read is rewritten.
            return _selectCopyset.Step() ? CopysetText.TryParse(copyset, _selectCopyset.GetText(0))?.ReplicationFactor ?? 0 : 0;
        }
        finally
        {
            _selectCopyset.Reset();
        }
    }
}
