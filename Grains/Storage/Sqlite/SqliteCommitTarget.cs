using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Data.Sqlite;

namespace AllData.Storage;

/// <summary>Does something while no reader has the file of an interval open; false, and nothing is done, when one reads for longer.</summary>
internal delegate bool ExclusiveRun(Interval interval, TimeSpan patience, Action work);

/// <summary>Writes blocks into the interval files. Opened by the store, then used by the writer's thread alone.</summary>
internal sealed class SqliteCommitTarget : ICommitTarget
{
    // Every put waits while a file is salvaged: some seconds.
    private const long MaxBytesToSalvage = 512L << 20;

    // Every put waits for a reader of a file that is to be opened again: repair comes later, too.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly IntervalFiles _files;
    private readonly ReplicaStoreIdentity _identity;
    private readonly IntervalCatalog _catalog;
    private readonly StorageOptions _options;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly RecentlyUsed<Interval, IntervalWriter> _writers;
    private readonly IntervalSalvage _salvage;
    private readonly ChangeJournal _journal;
    private readonly Dictionary<Interval, IntervalSum> _held;
    private readonly ExclusiveRun _runAlone;
    private long _blocks;
    private long _events;

    /// <summary>Takes over what the start has found.</summary>
    /// <param name="files">Where the files lie.</param>
    /// <param name="identity">Whose they are.</param>
    /// <param name="catalog">What is known of the intervals.</param>
    /// <param name="salvage">Sets damaged files aside.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="diagnostics">Is told of damage.</param>
    /// <param name="journal">Is told what has changed.</param>
    /// <param name="runAlone">Does something while no reader has the file of an interval open.</param>
    /// <param name="held">What is held of each interval.</param>
    public SqliteCommitTarget(
        IntervalFiles files,
        ReplicaStoreIdentity identity,
        IntervalCatalog catalog,
        IntervalSalvage salvage,
        StorageOptions options,
        ReplicaStoreDiagnostics diagnostics,
        ChangeJournal journal,
        ExclusiveRun runAlone,
        Dictionary<Interval, IntervalSum> held)
    {
        _files = files;
        _identity = identity;
        _catalog = catalog;
        _salvage = salvage;
        _options = options;
        _diagnostics = diagnostics;
        _journal = journal;
        _runAlone = runAlone;
        _writers = new RecentlyUsed<Interval, IntervalWriter>(options.MaxOpenIntervals, OpenWriter);
        _held = held;
        (_blocks, _events) = (held.Values.Sum(sum => sum.Blocks), held.Values.Sum(sum => sum.Events));
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
            // What is noted as damaged takes nothing more until it is salvaged: an answer "stored" would depend on how well that goes.
            return TrySalvage(interval) ? CommitOnce(interval, deliveries) : [.. deliveries.Select(_ => Damaged(interval))];
        }
        catch (SqliteException e) when (SqliteFaults.IsDamage(e))
        {
            _catalog.OnCorrupt(interval, $"{_files.PathOf(interval)} cannot be written: {e.Message}");
            if (!TrySalvage(interval))
            {
                throw;
            }

            // What the damaged file had taken of it is in the fresh one, and is found by its ids.
            return CommitOnce(interval, deliveries);
        }
    }

    private static AppendReply Damaged(Interval interval) => new(
        AppendStatus.Failed, $"The file of interval {interval} is damaged and is yet to be set aside: at the next start at the latest. Nothing was written.");

    /// <summary>Counts the buckets of some minutes afresh; false when that cannot be done now.</summary>
    public bool Recount(Interval interval, IReadOnlySet<long> minutes)
    {
        if (!TryReopen(interval))
        {
            return false;
        }

        _writers.Get(interval).Recount(minutes);
        _catalog.OnCompleted(interval);
        _journal.Restart();
        return true;
    }

    /// <summary>Takes out, or writes afresh, rows that cannot be mended; false when that cannot be done now.</summary>
    public bool Replace(Interval interval, ScrubTally found)
    {
        if (!TryReopen(interval))
        {
            return false;
        }

        Count(interval, _writers.Get(interval).Replace(found), isAll: true);
        _catalog.OnCompleted(interval);
        _journal.Restart();
        return true;
    }

    /// <summary>Sets a file that is noted as damaged aside and salvages its blocks, now. One that is too large waits for the next start.</summary>
    /// <returns>Whether no damaged file is left.</returns>
    public bool TrySalvage(Interval interval)
    {
        if (_catalog.Find(interval) is not { Note.SetAside: > 0 })
        {
            return true;
        }

        if (_files.BytesOf(interval) > MaxBytesToSalvage)
        {
            return false;
        }

        var isDone = _runAlone(interval, Patience, () =>
        {
            _writers.Find(interval)?.KeepLogOnClose();
            _writers.Close(interval);
            Count(interval, _salvage.Run(interval), isAll: true);
        });
        if (isDone)
        {
            _journal.Restart();
        }

        return isDone;
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

    private AppendReply[] CommitOnce(Interval interval, IReadOnlyList<Delivery> deliveries) =>
        _catalog.Find(interval)?.State == IntervalState.Closed ? CommitWhenClosed(interval, deliveries) : Write(interval, deliveries);

    private AppendReply[] Write(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var writer = _writers.Get(interval);
        var replies = writer.Commit(deliveries);
        Count(interval, new IntervalSum(writer.StoredBlocks, writer.StoredEvents, default), isAll: false);
        _journal.Note(writer.ChangedMinutes);
        return replies;
    }

    private void Count(Interval interval, IntervalSum sum, bool isAll)
    {
        var before = _held.GetValueOrDefault(interval);
        var now = isAll ? sum : before + sum;
        _held[interval] = now;
        Volatile.Write(ref _blocks, _blocks + now.Blocks - before.Blocks);
        Volatile.Write(ref _events, _events + now.Events - before.Events);
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

    private bool TryReopen(Interval interval) =>
        _catalog.Find(interval) is not { IsFinished: true } || _runAlone(interval, Patience, () => Reopen(interval));

    private AppendReply[] Complete(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        if (!TryReopen(interval))
        {
            var busy = new AppendReply(
                AppendStatus.Overloaded, $"{_files.PathOf(interval)} is being read. Try again later.", RetryAfter: _options.OverloadRetryAfter);
            return [.. Enumerable.Repeat(busy, deliveries.Count)];
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
        var writer = new IntervalWriter(database, path, new AnsweredMark(_files.MarkOf(interval)), interval, _catalog, _options, _diagnostics);

        // Only now that the tables are there: a reader opens what is listed.
        _catalog.OnFile(interval);
        return writer;
    }
}
