using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>Writes blocks into the logs of the intervals. Opened by the engine, then used by the writer's thread alone.</summary>
internal sealed partial class LogWriter : IStorageWriter
{
    // Every put waits for a reader of a file that must be opened again: repair comes later, too.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly LogFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly LogIntervals _intervals;
    private readonly LogClosing _closing;
    private readonly LogSalvage _salvage;
    private readonly LogBackgroundWork _background;
    private readonly LogSeams _seams;
    private readonly EngineSetting _setting;
    private readonly Dictionary<Interval, IntervalLog> _logs = [];
    private readonly HeldSums _held = new();
    private bool _isStopped;

    /// <summary>Begins with nothing.</summary>
    public LogWriter(
        LogFiles files, IntervalCatalog catalog, LogIntervals intervals, LogClosing closing, LogSalvage salvage, LogBackgroundWork background, LogSeams seams,
        EngineSetting setting)
    {
        _files = files;
        _catalog = catalog;
        _intervals = intervals;
        _closing = closing;
        _salvage = salvage;
        _background = background;
        _seams = seams;
        _setting = setting;
    }

    /// <summary>Blocks held; read by any thread.</summary>
    public long Blocks => _held.Blocks;

    /// <summary>Events held; read by any thread.</summary>
    public long Events => _held.Events;

    /// <summary>What is held of an interval, as it was found.</summary>
    public void SetHeld(Interval interval, ContentSum sum) => _held.Set(interval, sum);

    /// <summary>Takes over an interval that is not closed, as it was recovered.</summary>
    public IntervalLog Take(RecoveredInterval recovered)
    {
        var log = new IntervalLog(recovered.Held, recovered.Checkpoint, _files, _catalog, _background, _seams, _setting);
        _logs.Add(recovered.Held.Interval, log);
        _intervals.Open[recovered.Held.Interval] = recovered.Held;
        foreach (var blocks in recovered.Salvaged.Chunk(_setting.Options.MaxBlocksPerTransaction))
        {
            log.Commit([.. blocks.Select(static block => new Delivery(block, IsRepair: true))]);
        }

        return log;
    }

    /// <inheritdoc/>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        try
        {
            // A file that is noted as damaged takes nothing more until it is salvaged: an answer "stored" would depend on the salvage.
            return TrySalvage(interval) ? CommitOnce(interval, deliveries) : [.. deliveries.Select(_ => IntervalReplies.Damaged(interval))];
        }
        catch (LogDamageException e)
        {
            _catalog.OnCorrupt(interval, $"{_files.Intervals.PathOf(interval)} cannot be read: {e.Message}");
            return TrySalvage(interval) ? CommitOnce(interval, deliveries) : [.. deliveries.Select(_ => IntervalReplies.Damaged(interval))];
        }
    }

    /// <inheritdoc/>
    public void AfterAnswers()
    {
        foreach (var log in _logs.Values)
        {
            log.CheckpointWhenDue();
        }
    }

    /// <inheritdoc/>
    public void StopWriting() => _isStopped = true;

    /// <inheritdoc/>
    public void Dispose()
    {
        _background.Dispose();
        foreach (var log in _logs.Values)
        {
            log.Close(isClean: !_isStopped);
        }

        _intervals.Dispose();
    }

    private AppendReply[] CommitOnce(Interval interval, IReadOnlyList<Delivery> deliveries) =>
        _catalog.Find(interval)?.State == IntervalState.Closed ? CommitWhenClosed(interval, deliveries) : Write(interval, deliveries);

    private AppendReply[] Write(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var log = Open(interval);
        _catalog.OnDeliveries(interval, deliveries);
        var replies = log.Commit(deliveries);
        _catalog.OnFile(interval);
        _held.Add(interval, log.Stored);
        _setting.Journal.Note(log.ChangedMinutes);
        return replies;
    }

    // A late retry of a block that is held is answered as such, without touching the file; otherwise only blocks from repair are accepted.
    private AppendReply[] CommitWhenClosed(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        return IntervalReplies.RestoreMissing(AnswerWhenClosed(interval, deliveries), deliveries, missing => Restore(interval, missing));
    }

    private AppendReply[] Restore(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        if (!TryReopen(interval))
        {
            var busy = IntervalReplies.BeingRead(_files.Intervals.PathOf(interval), _setting.Options);
            return [.. Enumerable.Repeat(busy, deliveries.Count)];
        }

        var replies = Write(interval, deliveries);
        _catalog.OnRestored(interval);
        return replies;
    }

    private AppendReply[] AnswerWhenClosed(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var refusal = IntervalReplies.Closed(interval, _setting.Identity);
        return _catalog.Find(interval)!.HasFile
            ? _intervals.Use<AppendReply[]>(
                interval, held => [.. deliveries.Select(delivery => Holds(held, delivery) ? AppendReply.AlreadyStored : refusal)])
            : [.. Enumerable.Repeat(refusal, deliveries.Count)];
    }

    private bool Holds(HeldBlocks held, Delivery delivery)
    {
        var (number, entry) = held.Index.Find(delivery.Block.Header.Id);
        var bytes = new byte[entry.Length];

        // A damaged block may have the right bytes, and only repair restores the rest.
        return number > 0 && held.Read(entry, bytes) is null && bytes.AsSpan().SequenceEqual(delivery.Block.Bytes.Bytes)
            && !(delivery.IsRepair && _setting.Diagnostics.Known.Contains(delivery.Block.Header.Id));
    }

    private IntervalLog Open(Interval interval) => _logs.TryGetValue(interval, out var log) ? log : Take(new RecoveredInterval(
        new OpenInterval(interval, new IntervalIndex(interval)),
        new IndexCheckpoint(_files.IndexOf(interval), interval, _setting.Identity, _seams),
        []));
}
