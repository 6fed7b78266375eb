using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

// Whole intervals: promised closed, finished, salvaged, repaired.
internal sealed partial class LogWriter
{
    // Every put waits while a file is salvaged: some seconds.
    private const long MaxBytesToSalvage = 512L << 20;

    // Puts wait meanwhile. A read takes milliseconds; only a check of a whole interval takes longer.
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
                Open(interval).PromiseClosed();
                _seams.OnClosingStep?.Invoke(LogClosingStep.Promised);
                return true;
        }
    }

    /// <inheritdoc/>
    /// <remarks>The file is written by the reader that counts; without one there is nothing to finish.</remarks>
    public bool TryFinishClosing(Interval interval, IntervalCount count, long restorations)
    {
        if (_catalog.Find(interval) is not { IsSelfContained: false, HasFile: true } entry
            || entry.Restorations != restorations || entry.Note is { SetAside: > 0 } || !_logs.ContainsKey(interval)
            || !_intervals.Prepared.TryGetValue(interval, out var prepared) || prepared.Restorations != restorations)
        {
            return false;
        }

        return _intervals.TryRunAlone(interval, FinishPatience, () =>
        {
            _intervals.Prepared.TryRemove(interval, out _);
            var held = Forget(interval)!;
            _closing.Finish(interval, held, prepared.Sum);
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

        var isDone = _intervals.TryRunAlone(interval, Patience, () => _held.Set(interval, _salvage.Run(interval, () => Open(interval))));
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

        Open(interval).Recount(minutes);
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

        _held.Set(interval, Open(interval).Replace(found));
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

    /// <summary>Forgets an interval that has nothing.</summary>
    public void Drop(Interval interval)
    {
        Forget(interval);
        _catalog.Remove(interval);
    }

    // Closes the interval's files, for good or until they are opened again.
    private OpenInterval? Forget(Interval interval)
    {
        _intervals.Open.TryRemove(interval, out var held);
        if (_logs.Remove(interval, out var log))
        {
            _background.Finish();
            log.Close(isClean: false);
        }

        return held;
    }

    private bool TryReopen(Interval interval) =>
        _catalog.Find(interval) is not { IsSelfContained: true } || _intervals.TryRunAlone(interval, Patience, () => Reopen(interval));

    // The file stays as it is: what comes goes into segments beside it. If this is interrupted, the next start finds these, and makes one file of both.
    private void Reopen(Interval interval)
    {
        if (_catalog.Find(interval) is { HasFile: false })
        {
            Open(interval).PromiseClosed();
            _catalog.Note(interval, note => note with { State = IntervalState.Open });
            return;
        }

        var closed = ClosedFile.Open(_files.Intervals.PathOf(interval), interval, _setting.Identity, _seams.Disk);
        var held = new OpenInterval(interval, closed.Index) { IsPromised = true, Commit = closed.Trailer.Commit };
        held.PassOver(closed.Trailer.LastSegment);
        held.Add(closed.File);
        Take(new RecoveredInterval(held, new IndexCheckpoint(_files.IndexOf(interval), interval, _setting.Identity, _seams), []));
        _catalog.Note(interval, note => note with { State = IntervalState.Open });
        _seams.OnClosingStep?.Invoke(LogClosingStep.Reopened);
    }
}
