using AllData.Events;
using AllData.Protocol;

namespace AllData.Storage;

/// <summary>Writes the rows of a block; its buckets are <see cref="BucketTally"/>'s. For one thread.</summary>
internal sealed class BlockInsert(SqliteDatabase database) : IDisposable
{
    private readonly SqliteStatement _insert = database.Prepare("""
        INSERT INTO blocks(id, copyset, first_key, last_key, width, events, digest, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        ON CONFLICT(id) DO NOTHING
        """);

    private readonly SqliteStatement _insertCopyset = database.Prepare("INSERT OR IGNORE INTO copysets(id, members) VALUES(?1, ?2)");
    private readonly HashSet<long> _copysets = [];

    /// <summary>Writes a block and its copyset; false, and nothing is written, when its id is there already.</summary>
    public bool TryRun(Block block)
    {
        var header = block.Header;
        Span<byte> id = stackalloc byte[BlockId.BinaryLength];
        Span<byte> digest = stackalloc byte[EventDigest.BinaryLength];
        header.Id.WriteTo(id);
        header.BlockDigest.WriteTo(digest);
        _insert.Bind(1, id);
        _insert.Bind(2, header.Copyset.Id);
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

        RememberCopyset(header.Copyset);
        return true;
    }

    /// <summary>Frees the statements.</summary>
    public void Dispose()
    {
        _insert.Dispose();
        _insertCopyset.Dispose();
    }

    private void RememberCopyset(Copyset copyset)
    {
        if (_copysets.Add(copyset.Id))
        {
            _insertCopyset.Bind(1, copyset.Id);
            _insertCopyset.Bind(2, string.Join(',', copyset.Ordinals));
            _insertCopyset.Run();
        }
    }
}
