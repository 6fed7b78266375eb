using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

// Whole intervals: promised closed, finished, salvaged, repaired.
internal sealed partial class SqliteWriter
{
    // Every put waits while a file is salvaged: some seconds.
    private const long MaxBytesToSalvage = 512L << 20;

    // Puts wait meanwhile. A read takes milliseconds; only a check of a whole file takes longer.
    private static readonly TimeSpan FinishPatience = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public bool TryPromiseClosed(Interval interval)
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
                _seams.OnClosingStep?.Invoke(ClosingStep.Promised);
                return true;
        }
    }

    /// <inheritdoc/>
    /// <remarks>SQLite takes a file out of its log only when no connection but one has it open.</remarks>
    public bool TryFinishClosing(Interval interval, IntervalCount count, long restorations)
    {
        if (_catalog.Find(interval) is not { IsSelfContained: false, HasFile: true } entry
            || entry.Restorations != restorations || entry.Note is { SetAside: > 0 })
        {
            return false;
        }

        return _runAlone(interval, FinishPatience, () =>
        {
            _writers.Close(interval);
            _closing.Finish(interval, count.Sum);
        });
    }

    /// <inheritdoc/>
    /// <remarks>A file that is noted as damaged is set aside. One that is too large waits for the next start.</remarks>
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
            _held.Set(interval, _salvage.Run(interval));
        });
        if (isDone)
        {
            _setting.Journal.Restart();
        }

        return isDone;
    }

    /// <inheritdoc/>
    public bool Recount(Interval interval, IReadOnlySet<UnixMinute> minutes)
    {
        if (!TryReopen(interval))
        {
            return false;
        }

        _writers.Get(interval).Recount(minutes);
        _catalog.OnRestored(interval);
        _setting.Journal.Restart();
        return true;
    }

    /// <inheritdoc/>
    public bool Replace(Interval interval, ScrubTally found)
    {
        if (!TryReopen(interval))
        {
            return false;
        }

        _held.Set(interval, _writers.Get(interval).Replace(found));
        _catalog.OnRestored(interval);
        _setting.Journal.Restart();
        return true;
    }

    /// <inheritdoc/>
    public void RestoreCopysets(IReadOnlyCollection<CopysetId> copysets)
    {
        // A reader has noted them: they are rewritten when their interval is verified.
    }

    /// <inheritdoc/>
    public void NoteDamage(Interval interval, string damage) => _catalog.OnLoss(interval, damage);

    /// <inheritdoc/>
    public string? Conclude(Interval interval, ScrubTally found, string? before, bool isComplete) =>
        _catalog.Conclude(interval, found, before, isComplete);

    private bool TryReopen(Interval interval) =>
        _catalog.Find(interval) is not { IsSelfContained: true } || _runAlone(interval, Patience, () => Reopen(interval));

    // If this is interrupted in between, the next start finds the promise in the file, and a note that does not call it self-contained, and closes it
    // again.
    private void Reopen(Interval interval)
    {
        if (_catalog.Find(interval) is { HasFile: false })
        {
            _writers.Get(interval).PromiseClosed();
            _catalog.Note(interval, note => note with { State = IntervalState.Open });
            return;
        }

        _catalog.Note(interval, note => note with { State = IntervalState.Open });
        _seams.OnClosingStep?.Invoke(ClosingStep.Reopened);
        DurableFiles.MakeWritable(_files.PathOf(interval));
        _seams.OnClosingStep?.Invoke(ClosingStep.Writable);
        _writers.Get(interval);
        _seams.OnClosingStep?.Invoke(ClosingStep.InLog);
    }
}
