using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>Names the blocks of a run of minutes, and gives blocks by their ids, from one interval file. For one thread.</summary>
internal sealed class BlockLister(SqliteDatabase database, string path, ReplicaStoreDiagnostics diagnostics) : IDisposable
{
    // Bounds what an answer passes over when few blocks belong to the requested copysets.
    private const int MaxPlaces = 16_384;

    private readonly SqliteStatement _walk = database.Prepare(BlockWalk.WalkSql);

    // The length of a blob is in the row's head: the pages that its bytes lie on are not read.
    private readonly SqliteStatement _row = database.Prepare("SELECT id, copyset, digest, events, length(bytes) FROM blocks WHERE seq=?1");
    private readonly SqliteStatement _read = database.Prepare("SELECT seq, bytes FROM blocks WHERE id=?1");

    /// <summary>Names the next blocks of a run of minutes.</summary>
    public BlockList List(BlockListRange range)
    {
        var entries = new BlockListBuilder(range);
        BlockWalk.BindStart(_walk, range.UnixMinute.GetFirstKey(), range.GetEndKey(), range.After, MaxPlaces);
        BlockPosition? passed = null;
        var places = 0;
        try
        {
            while (!entries.IsFull && _walk.Step())
            {
                passed = new BlockPosition(EventKey.Parse(_walk.GetText(0)), EventKey.Parse(_walk.GetText(1)), _walk.GetInt64(2));
                Add(passed.Value.Number, entries);
                places++;
            }

            return entries.Build(entries.IsFull || places == MaxPlaces ? passed : null);
        }
        finally
        {
            _walk.Reset();
        }
    }

    /// <summary>Adds a block to a page, if it is held and intact; false when the page is full without it.</summary>
    public bool Fetch(ReadOnlySpan<byte> id, BlockPageBuilder page)
    {
        _read.Bind(1, id);
        try
        {
            if (!_read.Step())
            {
                return true;
            }

            var bytes = _read.GetBytes(1);
            if (page.IsFullFor(bytes.Length))
            {
                return false;
            }

            if (page.Add(bytes) is { } reason)
            {
                var seq = _read.GetInt64(0);
                diagnostics.OnDamagedBlock($"{path}, block {seq}", reason, StoredBlock.EntryOf(database, seq));
            }

            return true;
        }
        finally
        {
            _read.Reset();
        }
    }

    public void Dispose()
    {
        _walk.Dispose();
        _row.Dispose();
        _read.Dispose();
    }

    private void Add(long seq, BlockListBuilder entries)
    {
        _row.Bind(1, seq);

        // Skip entries without a valid block id.
        if (_row.Step() && _row.GetBytes(0) is { Length: BlockId.BinaryLength } id && _row.GetBytes(2) is { Length: EventDigest.BinaryLength } digest)
        {
            entries.Add(new ListedBlock(
                BlockId.ReadFrom(id), new CopysetId(_row.GetInt64(1)), EventDigest.ReadFrom(digest), (int)_row.GetInt64(3), (int)_row.GetInt64(4)));
        }

        _row.Reset();
    }
}
