using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>Does something while no reader has the file of an interval open; false, and nothing is done, when one reads for longer.</summary>
internal delegate bool ExclusiveRun(Interval interval, TimeSpan patience, Action work);

/// <summary>Writes blocks into the interval files. Opened by the engine, then used by the writer's thread alone.</summary>
internal sealed partial class SqliteWriter : IStorageWriter
{
    // Every put waits for a reader of a file that must be opened again: repair comes later, too.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly IntervalFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly IntervalClosing _closing;
    private readonly IntervalSalvage _salvage;
    private readonly SqliteSeams _seams;
    private readonly EngineSetting _setting;
    private readonly ExclusiveRun _runAlone;
    private readonly HeldSums _held = new();
    private readonly RecentlyUsed<Interval, IntervalWriter> _writers;
    private bool _isStopped;

    /// <summary>Takes over what was found at opening.</summary>
    /// <param name="files">Where the files lie.</param>
    /// <param name="catalog">What is known of the intervals.</param>
    /// <param name="closing">Makes closed files self-contained.</param>
    /// <param name="salvage">Sets damaged files aside.</param>
    /// <param name="seams">What tests reach into.</param>
    /// <param name="setting">The peer, bounds, and where damage is reported.</param>
    /// <param name="runAlone">Does something while no reader has the file of an interval open.</param>
    /// <param name="held">What is held of each interval.</param>
    public SqliteWriter(
        IntervalFiles files,
        IntervalCatalog catalog,
        IntervalClosing closing,
        IntervalSalvage salvage,
        SqliteSeams seams,
        EngineSetting setting,
        ExclusiveRun runAlone,
        Dictionary<Interval, ContentSum> held)
    {
        _files = files;
        _catalog = catalog;
        _closing = closing;
        _salvage = salvage;
        _seams = seams;
        _setting = setting;
        _runAlone = runAlone;
        _writers = new RecentlyUsed<Interval, IntervalWriter>(setting.Options.MaxOpenIntervals, OpenWriter);
        foreach (var (interval, sum) in held)
        {
            _held.Set(interval, sum);
        }
    }

    /// <summary>Blocks held; read by any thread.</summary>
    public long Blocks => _held.Blocks;

    /// <summary>Events held; read by any thread.</summary>
    public long Events => _held.Events;

    /// <inheritdoc/>
    public AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        try
        {
            // A file that is noted as damaged takes nothing more until it is salvaged: an answer "stored" would depend on the salvage.
            return TrySalvage(interval) ? CommitOnce(interval, deliveries) : [.. deliveries.Select(_ => IntervalReplies.Damaged(interval))];
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
        _isStopped = true;
        foreach (var writer in _writers.Open)
        {
            writer.KeepLogOnClose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writers.Dispose();
        if (!_isStopped)
        {
            _closing.RemoveEmptyLogs();
        }
    }

    private AppendReply[] CommitOnce(Interval interval, IReadOnlyList<Delivery> deliveries) =>
        _catalog.Find(interval)?.State == IntervalState.Closed ? CommitWhenClosed(interval, deliveries) : Write(interval, deliveries);

    private AppendReply[] Write(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var writer = _writers.Get(interval);
        _catalog.OnDeliveries(interval, deliveries);
        var replies = writer.Commit(deliveries);
        _held.Add(interval, new ContentSum(writer.StoredBlocks, writer.StoredEvents, default));
        _setting.Journal.Note(writer.ChangedMinutes);
        return replies;
    }

    // A late retry of a block that is held is answered as such, without touching the file; otherwise only blocks from repair are accepted.
    private AppendReply[] CommitWhenClosed(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var isBeingRestored = _catalog.Find(interval) is { HasFile: true, IsSelfContained: false };
        if (isBeingRestored && deliveries.All(delivery => delivery.IsRepair))
        {
            return Restore(interval, deliveries);
        }

        return IntervalReplies.RestoreMissing(AnswerWhenClosed(interval, deliveries), deliveries, missing => Restore(interval, missing));
    }

    private AppendReply[] Restore(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        if (!TryReopen(interval))
        {
            var busy = IntervalReplies.BeingRead(_files.PathOf(interval), _setting.Options);
            return [.. Enumerable.Repeat(busy, deliveries.Count)];
        }

        var replies = Write(interval, deliveries);
        _catalog.OnRestored(interval);
        return replies;
    }

    private AppendReply[] AnswerWhenClosed(Interval interval, IReadOnlyList<Delivery> deliveries)
    {
        var refusal = IntervalReplies.Closed(interval, _setting.Identity);
        var entry = _catalog.Find(interval)!;
        if (!entry.HasFile)
        {
            return [.. Enumerable.Repeat(refusal, deliveries.Count)];
        }

        using var database = IntervalFile.OpenForReading(_files.PathOf(interval), entry.IsSelfContained, _seams);
        using var select = database.Prepare("SELECT bytes FROM blocks WHERE id=?1");
        return [.. deliveries.Select(delivery => Holds(select, delivery) ? AppendReply.AlreadyStored : refusal)];
    }

    private bool Holds(SqliteStatement select, Delivery delivery)
    {
        var id = new byte[BlockId.BinaryLength];
        delivery.Block.Header.Id.WriteTo(id);
        select.Bind(1, id);

        // A damaged row may have the right bytes, and only repair restores the rest.
        var held = select.Step() && select.GetBytes(0).SequenceEqual(delivery.Block.Bytes.Bytes)
            && !(delivery.IsRepair && _setting.Diagnostics.Known.Contains(delivery.Block.Header.Id));
        select.Reset();
        return held;
    }

    private IntervalWriter OpenWriter(Interval interval)
    {
        var path = _files.PathOf(interval);
        var database = IntervalFile.OpenForWriting(path, interval, _setting.Identity, _seams);
        var writer = new IntervalWriter(database, path, new AnsweredMark(_files.MarkOf(interval)), interval, _catalog, _setting.Options, _setting.Diagnostics);

        // Only now that the tables are there: a reader opens what is listed.
        _catalog.OnFile(interval);
        return writer;
    }
}
