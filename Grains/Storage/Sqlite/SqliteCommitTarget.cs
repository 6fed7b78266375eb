using AllData.Events;
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
    private readonly IntervalCatalog _catalog;
    private readonly StorageOptions _options;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly RecentlyUsed<Interval, IntervalWriter> _writers;
    private long _blocks;
    private long _events;

    /// <summary>Takes over what the start has found.</summary>
    public SqliteCommitTarget(
        IntervalFiles files,
        ReplicaStoreIdentity identity,
        IntervalCatalog catalog,
        StorageOptions options,
        ReplicaStoreDiagnostics diagnostics,
        IntervalSum held)
    {
        _files = files;
        _identity = identity;
        _catalog = catalog;
        _options = options;
        _diagnostics = diagnostics;
        _writers = new RecentlyUsed<Interval, IntervalWriter>(options.MaxOpenIntervals, OpenWriter);
        (_blocks, _events) = (held.Blocks, held.Events);
    }

    /// <summary>Blocks held; read by any thread.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Events held; read by any thread.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <inheritdoc/>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Block> blocks)
    {
        try
        {
            if (_catalog.Find(interval)?.State == IntervalState.Closed)
            {
                return AnswerWhenClosed(interval, blocks);
            }

            var writer = _writers.Get(interval);
            var replies = writer.Commit(blocks);
            Volatile.Write(ref _blocks, _blocks + writer.StoredBlocks);
            Volatile.Write(ref _events, _events + writer.StoredEvents);
            return replies;
        }
        catch (SqliteException e) when (SqliteFaults.IsDamage(e))
        {
            _catalog.OnCorrupt(interval, $"{_files.PathOf(interval)} cannot be written: {e.Message}");
            throw;
        }
    }

    /// <summary>Promises an interval closed; false when nothing is held of it.</summary>
    public bool PromiseClosed(Interval interval)
    {
        switch (_catalog.Find(interval))
        {
            case null:
                return false;
            case { State: IntervalState.Closed }:
                return true;
            case { HasFile: false }:
                _catalog.Note(interval, note => note with { State = IntervalState.Closed, Clean = true, Digest = default(EventDigest).ToString() });
                return true;
            default:
                _writers.Get(interval).PromiseClosed();
                _options.OnClosingStep?.Invoke(ClosingStep.Promised);
                return true;
        }
    }

    /// <summary>Closes an interval's file, if it is open.</summary>
    public void Release(Interval interval) => _writers.Close(interval);

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

    // A late retry of a block that is held is answered as such; anything else would break the promise.
    private AppendReply[] AnswerWhenClosed(Interval interval, IReadOnlyList<Block> blocks)
    {
        var refusal = new AppendReply(
            AppendStatus.IntervalNotOpen, $"Interval {interval} is closed at peer '{_identity.Peer}': it takes no new blocks, only repair completes it.");
        var entry = _catalog.Find(interval)!;
        if (!entry.HasFile)
        {
            return [.. Enumerable.Repeat(refusal, blocks.Count)];
        }

        using var database = IntervalFile.OpenForReading(_files.PathOf(interval), entry.IsFinished, _options);
        using var select = database.Prepare("SELECT bytes FROM blocks WHERE id=?1");
        return [.. blocks.Select(block => Holds(select, block) ? AppendReply.AlreadyStored : refusal)];
    }

    private static bool Holds(SqliteStatement select, Block block)
    {
        var id = new byte[BlockId.BinaryLength];
        block.Header.Id.WriteTo(id);
        select.Bind(1, id);
        var held = select.Step() && select.GetBytes(0).SequenceEqual(block.Bytes.Bytes);
        select.Reset();
        return held;
    }

    private IntervalWriter OpenWriter(Interval interval)
    {
        var path = _files.PathOf(interval);
        var database = IntervalFile.OpenForWriting(path, interval, _identity, _options);
        var writer = new IntervalWriter(database, path, interval, _catalog, _options, _diagnostics);

        // Only now that the tables are there: a reader opens what is listed.
        _catalog.OnFile(interval);
        return writer;
    }
}
