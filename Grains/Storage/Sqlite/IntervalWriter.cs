using AllData.Events;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>Writes blocks into the file of one interval. Used by the writer's thread alone.</summary>
internal sealed class IntervalWriter : IDisposable
{
    // A log that readers have kept from starting anew for this many checkpoints is worth waiting for them.
    private const int PatientCheckpoints = 8;

    private readonly SqliteDatabase _database;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly long _checkpointBytes;
    private readonly BlockFinder _finder;
    private readonly BucketTally _tally;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly SqliteStatement _insert;
    private readonly SqliteStatement _selectById;
    private readonly SqliteStatement _mend;
    private readonly SqliteStatement _insertCopyset;
    private readonly HashSet<long> _copysets = [];
    private long _bytesInLog;
    private int _incompleteCheckpoints;

    /// <summary>Takes over a connection that was opened for writing.</summary>
    public IntervalWriter(SqliteDatabase database, string path, StorageOptions options, ReplicaStoreDiagnostics diagnostics)
    {
        _database = database;
        _diagnostics = diagnostics;
        _checkpointBytes = options.CheckpointBytes;
        _finder = new BlockFinder(database, path, diagnostics);
        _tally = new BucketTally(database);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insert = database.Prepare("""
            INSERT INTO blocks(id, copyset, first_key, last_key, width, events, digest, bytes) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT(id) DO NOTHING
            """);
        _selectById = database.Prepare("SELECT seq, digest, bytes FROM blocks WHERE id=?1");
        _mend = database.Prepare("UPDATE blocks SET bytes=?2 WHERE seq=?1");
        _insertCopyset = database.Prepare("INSERT OR IGNORE INTO copysets(id, members) VALUES(?1, ?2)");
    }

    /// <summary>Blocks that the last transaction stored.</summary>
    public long StoredBlocks => _tally.Blocks;

    /// <summary>Events that the last transaction stored.</summary>
    public long StoredEvents => _tally.Events;

    /// <summary>Writes blocks in one transaction; they are flushed when this returns.</summary>
    public AppendReply[] Commit(IReadOnlyList<Block> blocks)
    {
        var replies = new AppendReply[blocks.Count];
        _tally.Clear();
        _begin.Run();
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = Append(blocks[i]);
        }

        _tally.Write();
        _commit.Run();
        _finder.Forget();
        return replies;
    }

    /// <summary>Copies the log into the database file when enough has gathered in it.</summary>
    public void CheckpointWhenDue()
    {
        if (_bytesInLog < _checkpointBytes)
        {
            return;
        }

        _bytesInLog = 0;
        var complete = _database.Checkpoint(restart: _incompleteCheckpoints >= PatientCheckpoints);
        _incompleteCheckpoints = complete ? 0 : _incompleteCheckpoints + 1;
    }

    /// <summary>Leaves the log as it is when the file is closed: what could not be flushed must not be copied and then deleted.</summary>
    public void KeepLogOnClose() => _database.KeepLogOnClose();

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _finder.Dispose();
        _tally.Dispose();
        foreach (var statement in new[] { _begin, _commit, _insert, _selectById, _mend, _insertCopyset })
        {
            statement.Dispose();
        }

        _database.Dispose();
    }

    private AppendReply Append(Block block)
    {
        Span<byte> id = stackalloc byte[BlockId.BinaryLength];
        block.Header.Id.WriteTo(id);

        // The same block again is looked at as that, not as a conflict with itself or with another copy.
        if (block.Header.HasGivenKeys && !Holds(id) && FindConflict(block) is { } conflict)
        {
            return new AppendReply(AppendStatus.Conflict, $"Key {conflict.Key} is held with other bytes.", conflict);
        }

        if (!TryInsert(id, block))
        {
            return ResolveDuplicate(id, block);
        }

        RememberCopyset(block.Header.Copyset);
        _tally.Add(block.Header);
        _bytesInLog += block.Bytes.Bytes.Length;
        return AppendReply.Stored;
    }

    private bool TryInsert(ReadOnlySpan<byte> id, Block block)
    {
        var header = block.Header;
        Span<byte> digest = stackalloc byte[EventDigest.BinaryLength];
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
        return _database.Changes == 1;
    }

    private bool Holds(ReadOnlySpan<byte> id)
    {
        _selectById.Bind(1, id);
        var held = _selectById.Step();
        _selectById.Reset();
        return held;
    }

    private AppendReply ResolveDuplicate(ReadOnlySpan<byte> id, Block block)
    {
        _selectById.Bind(1, id);
        _selectById.Step();
        var seq = _selectById.GetInt64(0);
        var digestIsSame = EventDigest.ReadFrom(_selectById.GetBytes(1)) == block.Header.BlockDigest;
        var bytesAreSame = _selectById.GetBytes(2).SequenceEqual(block.Bytes.Bytes);
        _selectById.Reset();
        if (bytesAreSame)
        {
            return AppendReply.AlreadyStored;
        }

        if (digestIsSame)
        {
            return Mend(seq, block);
        }

        _diagnostics.OnIdHeldWithOtherBytes(block.Header.Id);
        return new AppendReply(AppendStatus.Invalid, $"Block {block.Header.Id} is held with other bytes; an id is never used twice.");
    }

    // It was this block that was stored, and its bytes have been damaged since: they would not count as a copy when read.
    private AppendReply Mend(long seq, Block block)
    {
        _mend.Bind(1, seq);
        _mend.Bind(2, block.Bytes.Bytes);
        _mend.Run();
        _diagnostics.OnCopyMended(block.Header.Id);
        return AppendReply.Stored;
    }

    private KeyConflict? FindConflict(Block block)
    {
        // Imports come in key order, mostly where nothing is yet: one look spares one for each key.
        if (!_finder.AnyWithin(block.Header.FirstKey, block.Header.LastKey))
        {
            return null;
        }

        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            var offered = reader.Current.Digest;
            var held = _finder.Find(reader.Current.Key, static found => found.Digest);
            if (held.Count > 0 && !held.Contains(offered))
            {
                return new KeyConflict(reader.Current.Key, held[0], offered);
            }
        }

        return null;
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
