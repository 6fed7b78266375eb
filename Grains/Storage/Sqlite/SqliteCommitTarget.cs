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
    private readonly ChangeJournal _journal;
    private readonly Action<Interval, Action> _runAlone;
    private long _blocks;
    private long _events;

    /// <summary>Takes over what the start has found.</summary>
    /// <param name="files">Where the files lie.</param>
    /// <param name="identity">Whose they are.</param>
    /// <param name="catalog">What is known of the intervals.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="diagnostics">Is told of damage.</param>
    /// <param name="journal">Is told what has changed.</param>
    /// <param name="runAlone">Does something while no reader has the file of an interval open.</param>
    /// <param name="held">What is held in all.</param>
    public SqliteCommitTarget(
        IntervalFiles files,
        ReplicaStoreIdentity identity,
        IntervalCatalog catalog,
        StorageOptions options,
        ReplicaStoreDiagnostics diagnostics,
        ChangeJournal journal,
        Action<Interval, Action> runAlone,
        IntervalSum held)
    {
        _files = files;
        _identity = identity;
        _catalog = catalog;
        _options = options;
        _diagnostics = diagnostics;
        _journal = journal;
        _runAlone = runAlone;
        _writers = new RecentlyUsed<Interval, IntervalWriter>(options.MaxOpenIntervals, OpenWriter);
        (_blocks, _events) = (held.Blocks, held.Events);
    }

    /// <summary>Blocks held; read by any thread.</summary>
    public long Blocks => Volatile.Read(ref _blocks);

    /// <summary>Events held; read by any thread.</summary>
    public long Events => Volatile.Read(ref _events);

    /// <inheritdoc/>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        try
        {
            return _catalog.Find(interval)?.State == IntervalState.Closed ? CommitWhenClosed(interval, deliveries) : Write(interval, deliveries);
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

    private AppendReply[] Write(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var writer = _writers.Get(interval);
        var replies = writer.Commit(deliveries);
        Volatile.Write(ref _blocks, _blocks + writer.StoredBlocks);
        Volatile.Write(ref _events, _events + writer.StoredEvents);
        _journal.Note(writer.ChangedMinutes);
        return replies;
    }

    // A late retry of a block that is held is answered as such, without touching the file; of anything else only repair's is taken.
    private AppendReply[] CommitWhenClosed(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var isBeingCompleted = _catalog.Find(interval) is { HasFile: true, IsFinished: false };
        if (isBeingCompleted && deliveries.All(delivery => delivery.Completes))
        {
            return Complete(interval, deliveries);
        }

        var replies = AnswerWhenClosed(interval, deliveries);
        var missing = Enumerable.Range(0, replies.Length).Where(i => replies[i].Status == AppendStatus.IntervalNotOpen && deliveries[i].Completes).ToList();
        if (missing.Count > 0)
        {
            var written = Complete(interval, missing.ConvertAll(i => deliveries[i]));
            missing.Zip(written).ToList().ForEach(answer => replies[answer.First] = answer.Second);
        }

        return replies;
    }

    private AppendReply[] Complete(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        if (_catalog.Find(interval) is { IsFinished: true })
        {
            _runAlone(interval, () => Reopen(interval));
        }

        var replies = Write(interval, deliveries);
        _catalog.OnCompleted(interval);
        return replies;
    }

    // Whoever is interrupted in between finds the promise in the file, and a note that does not call it finished: the start closes it again.
    private void Reopen(Interval interval)
    {
        if (_catalog.Find(interval) is { HasFile: false })
        {
            _writers.Get(interval).PromiseClosed();
            _catalog.Note(interval, note => note with { State = IntervalState.Open });
            return;
        }

        _catalog.Note(interval, note => note with { State = IntervalState.Open });
        _options.OnClosingStep?.Invoke(ClosingStep.Reopened);
        DurableFiles.MakeWritable(_files.PathOf(interval));
        _options.OnClosingStep?.Invoke(ClosingStep.Writable);
        _writers.Get(interval);
        _options.OnClosingStep?.Invoke(ClosingStep.InLog);
    }

    private AppendReply[] AnswerWhenClosed(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var refusal = new AppendReply(
            AppendStatus.IntervalNotOpen, $"Interval {interval} is closed at peer '{_identity.Peer}': it takes no new blocks, only repair completes it.");
        var entry = _catalog.Find(interval)!;
        if (!entry.HasFile)
        {
            return [.. Enumerable.Repeat(refusal, deliveries.Count)];
        }

        using var database = IntervalFile.OpenForReading(_files.PathOf(interval), entry.IsFinished, _options);
        using var select = database.Prepare("SELECT bytes FROM blocks WHERE id=?1");
        return [.. deliveries.Select(delivery => Holds(select, delivery) ? AppendReply.AlreadyStored : refusal)];
    }

    private bool Holds(SqliteStatement select, Delivery delivery)
    {
        var id = new byte[BlockId.BinaryLength];
        delivery.Block.Header.Id.WriteTo(id);
        select.Bind(1, id);

        // Of a damaged row the bytes may be the right ones, and only repair mends the rest.
        var held = select.Step() && select.GetBytes(0).SequenceEqual(delivery.Block.Bytes.Bytes)
            && !(delivery.Completes && _diagnostics.Known.Contains(delivery.Block.Header.Id));
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
