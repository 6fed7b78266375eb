using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>
/// Makes one file of an interval that takes no more puts. A reader's thread writes it beside the segments (<see cref="Prepare"/>), while puts to other
/// intervals continue; the writer only gives it its name. Interrupted, it is done again from the start.
/// </summary>
internal sealed class LogClosing(LogFiles files, IntervalCatalog catalog, LogIntervals intervals, LogSeams seams, EngineSetting setting)
{
    /// <summary>Writes the file, on a reader's thread.</summary>
    /// <param name="held">The interval.</param>
    /// <param name="sum">What it holds, counted.</param>
    /// <param name="restorations">How often it had been changed before it was counted.</param>
    /// <param name="cancellationToken">Ends it between two blocks.</param>
    /// <exception cref="IOException">There is no room, or the disk fails.</exception>
    public void Prepare(OpenInterval held, ContentSum sum, long restorations, CancellationToken cancellationToken)
    {
        intervals.Prepared.TryRemove(held.Interval, out _);
        new ClosedFileWriter(files, seams, setting.Identity).Write(held, sum, ClosedAtOf(held.Interval), cancellationToken);
        intervals.Prepared[held.Interval] = new PreparedClosing(restorations, sum);
        seams.OnClosingStep?.Invoke(LogClosingStep.Written);
    }

    /// <summary>Uses the file that was written, once no thread has the interval's files open.</summary>
    public void Finish(Interval interval, OpenInterval held, ContentSum sum)
    {
        var path = files.Intervals.PathOf(interval);
        if (File.Exists(path))
        {
            DurableFiles.MakeWritable(path);
        }

        seams.Disk.Rename(files.ClosingOf(interval), path);
        seams.OnClosingStep?.Invoke(LogClosingStep.Renamed);
        NoteClosed(interval, sum, ClosedAtOf(interval));
        foreach (var segment in held.Segments.Values.Where(static segment => segment.Number > 0))
        {
            Remove(interval, segment);
        }

        RemoveRest(interval);
        seams.OnClosingStep?.Invoke(LogClosingStep.Removed);
        setting.Diagnostics.OnIntervalClosed(interval, path, sum.Blocks, sum.Events, sum.DigestSum);
    }

    /// <summary>Notes that a file is self-contained, and makes it read-only.</summary>
    public void NoteClosed(Interval interval, ContentSum sum, DateTimeOffset closedAt)
    {
        var path = files.Intervals.PathOf(interval);
        DurableFiles.MakeReadOnly(path);
        seams.OnClosingStep?.Invoke(LogClosingStep.ReadOnly);
        catalog.Note(interval, note => note with
        {
            State = IntervalState.Closed,
            Clean = true,
            Blocks = sum.Blocks,
            Events = sum.Events,
            Digest = sum.DigestSum.ToString(),
            Bytes = new FileInfo(path).Length,
            ClosedAt = closedAt,
        });
        seams.OnClosingStep?.Invoke(LogClosingStep.Noted);
    }

    /// <summary>Removes what only an open interval needs.</summary>
    public void RemoveRest(Interval interval)
    {
        LogFiles.TryDelete(seams.Disk, files.IndexOf(interval));
        AnsweredMark.Remove(files.Intervals.MarkOf(interval));
    }

    private DateTimeOffset ClosedAtOf(Interval interval) => catalog.Find(interval)?.Note?.ClosedAt ?? setting.Time.GetUtcNow();

    // What was damaged in it may still be of use to a person.
    private void Remove(Interval interval, SegmentFile segment)
    {
        if (segment.IsDamaged)
        {
            seams.Disk.Rename(segment.Path, files.Intervals.SetAsideOf(interval, files.Intervals.NextSetAside(interval)));
        }
        else
        {
            LogFiles.TryDelete(seams.Disk, segment.Path);
        }
    }
}
