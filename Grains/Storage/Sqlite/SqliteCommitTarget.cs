using System.Collections.Immutable;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Data.Sqlite;

namespace AllData.Storage;

/// <summary>Writes blocks into the interval files. Opened by the store, then used by the writer's thread alone.</summary>
internal sealed class SqliteCommitTarget : ICommitTarget
{
    private readonly IntervalFiles _files;
    private readonly ReplicaStoreIdentity _identity;
    private readonly StorageOptions _options;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly RecentlyUsed<Interval, IntervalWriter> _writers;
    private ImmutableSortedSet<Interval> _intervals = [];
    private long _blocks;
    private long _events;

    /// <summary>Opens and checks every interval file that there is.</summary>
    /// <exception cref="ReplicaStoreException">A file cannot be opened or belongs to somebody else.</exception>
    public SqliteCommitTarget(
        IntervalFiles files, ReplicaStoreIdentity identity, StorageOptions options, ReplicaStoreDiagnostics diagnostics)
    {
        _files = files;
        _identity = identity;
        _options = options;
        _diagnostics = diagnostics;
        _writers = new RecentlyUsed<Interval, IntervalWriter>(options.MaxOpenIntervals, OpenWriter);
        _files.CreateFolder();
        foreach (var interval in files.Enumerate())
        {
            CheckAtStart(interval);
        }
    }

    /// <summary>The intervals that have a file; read by any thread.</summary>
    public ImmutableSortedSet<Interval> Intervals => Volatile.Read(ref _intervals);

    /// <summary>Blocks held; read by any thread.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Events held; read by any thread.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <inheritdoc/>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Block> blocks)
    {
        var writer = _writers.Get(interval);
        var replies = writer.Commit(blocks);
        Volatile.Write(ref _blocks, _blocks + writer.StoredBlocks);
        Volatile.Write(ref _events, _events + writer.StoredEvents);
        return replies;
    }

    /// <inheritdoc/>
    public void AfterAnswers()
    {
        foreach (var writer in _writers.Open)
        {
            writer.CheckpointWhenDue();
        }
    }

    /// <inheritdoc/>
    public void StopWriting()
    {
        foreach (var writer in _writers.Open)
        {
            writer.KeepLogOnClose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writers.Dispose();

    private void CheckAtStart(Interval interval)
    {
        var path = _files.PathOf(interval);
        using var database = IntervalFile.OpenForWriting(path, interval, _identity, _options);
        try
        {
            // What a killed process had written but not flushed is read like any other; it must be durable before we say that we hold it.
            if (!database.Checkpoint(restart: false))
            {
                throw new ReplicaStoreException($"{path} is being read by another program. Stop that program.");
            }

            _blocks += database.ReadInt64("SELECT sum(blocks) FROM buckets");
            _events += database.ReadInt64("SELECT sum(events) FROM buckets");
        }
        catch (SqliteException e)
        {
            throw new ReplicaStoreException($"{path} cannot be read: {e.Message} Put a copy of the file back, or move it away.", e);
        }

        Include(interval);
    }

    private IntervalWriter OpenWriter(Interval interval)
    {
        var path = _files.PathOf(interval);
        var writer = new IntervalWriter(IntervalFile.OpenForWriting(path, interval, _identity, _options), path, _options, _diagnostics);

        // Only now that the tables are there: a reader opens what is listed.
        Include(interval);
        return writer;
    }

    private void Include(Interval interval) => Volatile.Write(ref _intervals, _intervals.Add(interval));
}
