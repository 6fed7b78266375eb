using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>Writes blocks into the file of one interval. Used by the writer's thread alone.</summary>
internal sealed partial class IntervalWriter : IDisposable
{
    // If readers have kept the log from starting again for this many checkpoints, it is worth waiting for them.
    private const int PatientCheckpoints = 8;

    private readonly SqliteDatabase _database;
    private readonly string _path;
    private readonly Interval _interval;
    private readonly IntervalCatalog _catalog;
    private readonly StorageOptions _options;
    private readonly AnsweredMark _mark;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly BlockFinder _finder;
    private readonly BucketTally _tally;
    private readonly SqliteStatement _begin;
    private readonly SqliteStatement _commit;
    private readonly BlockInsert _insert;
    private readonly SqliteStatement _selectById;
    private readonly SqliteStatement _mend;
    private readonly List<BlockId> _mended = [];
    private long _bytesInLog;
    private int _incompleteCheckpoints;
    private bool _isNotedUnclean;
    private bool _keepsLog;

    /// <summary>Takes over a connection that was opened for writing.</summary>
    public IntervalWriter(
        SqliteDatabase database,
        string path,
        AnsweredMark mark,
        Interval interval,
        IntervalCatalog catalog,
        StorageOptions options,
        ReplicaStoreDiagnostics diagnostics)
    {
        _database = database;
        _path = path;
        _mark = mark;
        _interval = interval;
        _catalog = catalog;
        _options = options;
        _diagnostics = diagnostics;
        _finder = new BlockFinder(database, path, diagnostics);
        _tally = new BucketTally(database);
        _begin = database.Prepare("BEGIN IMMEDIATE");
        _commit = database.Prepare("COMMIT");
        _insert = new BlockInsert(database);
        _selectById = database.Prepare("SELECT seq, digest, bytes, copyset, events FROM blocks WHERE id=?1");
        _mend = database.Prepare("UPDATE blocks SET bytes=?2, digest=?3, copyset=?4, events=?5 WHERE seq=?1");
    }

    /// <summary>Blocks that the last transaction stored.</summary>
    public long StoredBlocks => _tally.Blocks;

    /// <summary>Events that the last transaction stored.</summary>
    public long StoredEvents => _tally.Events;

    /// <summary>Minutes that the last transaction stored something in.</summary>
    public IEnumerable<UnixMinute> ChangedMinutes => _tally.Minutes;

    /// <summary>Writes blocks in one transaction; they are flushed when this returns.</summary>
    public AppendReply[] Commit(IReadOnlyList<Delivery> deliveries)
    {
        var replies = new AppendReply[deliveries.Count];
        _tally.Clear();
        _mended.Clear();
        if (!TryBegin())
        {
            Array.Fill(replies, new AppendReply(
                AppendStatus.Overloaded, $"{_path} is locked by another program. Try again later.", RetryAfter: _options.OverloadRetryAfter));
            return replies;
        }

        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = Append(deliveries[i]);
        }

        _tally.Write();
        _commit.Run();
        NoteUnclean();
        if (_tally.Blocks > 0)
        {
            _mark.Write(_insert.LastNumber);
        }

        _mended.ForEach(_diagnostics.OnCopyMended);
        _finder.Forget();
        return replies;
    }

    /// <summary>Recounts the buckets of some minutes.</summary>
    public void Recount(IEnumerable<UnixMinute> minutes)
    {
        using var recount = new BucketRecount(_database);
        _begin.Run();
        foreach (var minute in minutes)
        {
            recount.Run(minute);
        }

        _commit.Run();
        NoteUnclean();
    }

    /// <summary>Takes out, or rewrites, rows that cannot be repaired; returns what is held without them.</summary>
    public ContentSum Replace(ScrubTally found)
    {
        using var recount = new BucketRecount(_database);
        var removal = new RowRemoval(_database);
        _begin.Run();
        foreach (var minute in removal.Remove(found.Impossible))
        {
            recount.Run(minute);
        }

        removal.Restore(found.UnreadableCopysets);
        _commit.Run();
        NoteUnclean();
        _diagnostics.OnRowsRemoved(_path, found.Impossible.Count, "its table 'refused'");
        return SumOf(_database);
    }

    /// <summary>Promises durably that no more puts are taken.</summary>
    public void PromiseClosed()
    {
        IntervalMeta.PromiseClosed(_database);
        NoteUnclean();
        _catalog.OnPromised(_interval);
    }

    /// <summary>Copies the log into the database file when enough has gathered in it.</summary>
    public void CheckpointWhenDue()
    {
        if (_bytesInLog < _options.CheckpointBytes)
        {
            return;
        }

        _bytesInLog = 0;
        var complete = _database.Checkpoint(restart: _incompleteCheckpoints >= PatientCheckpoints);
        _incompleteCheckpoints = complete ? 0 : _incompleteCheckpoints + 1;
    }

    /// <summary>Leaves the log as it is when the file is closed: what could not be flushed must not be copied and then deleted.</summary>
    public void KeepLogOnClose()
    {
        _keepsLog = true;
        _database.KeepLogOnClose();
    }

    /// <summary>Closes the file, without its log where all of it is in the file.</summary>
    public void Dispose()
    {
        LeaveClean();
        _mark.Dispose();
        _finder.Dispose();
        _tally.Dispose();
        _insert.Dispose();
        foreach (var statement in new[] { _begin, _commit, _selectById, _mend })
        {
            statement.Dispose();
        }

        _database.Dispose();
    }

    /// <summary>Notes that all that a file holds is in it, and how much that is.</summary>
    public static ContentSum NoteClean(IntervalCatalog catalog, Interval interval, SqliteDatabase database)
    {
        var sum = SumOf(database);
        catalog.Note(interval, note => note with { Clean = true, Blocks = sum.Blocks, Events = sum.Events });
        return sum;
    }

    private static ContentSum SumOf(SqliteDatabase database) => new(
        database.ReadInt64("SELECT sum(blocks) FROM buckets"), database.ReadInt64("SELECT sum(events) FROM buckets"), default);

    private bool TryBegin()
    {
        try
        {
            _begin.Run();
            return true;
        }
        catch (SqliteException e) when (SqliteFaults.IsBusy(e))
        {
            return false;
        }
    }

    // Before the callers are answered, and only once the log is on disk: with this note, a missing log means a loss.
    private void NoteUnclean()
    {
        if (!_isNotedUnclean)
        {
            _catalog.Note(_interval, note => note with { Clean = false });
            _isNotedUnclean = true;
        }
    }

    private void LeaveClean()
    {
        try
        {
            if (!_keepsLog && _database.Checkpoint(restart: false))
            {
                // Before the log, which is removed with this connection.
                NoteClean(_catalog, _interval, _database);
                _mark.Remove();
                return;
            }
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            _diagnostics.OnLogKept(_path, e);
        }

        _database.KeepLogOnClose();
    }
}
