using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>Makes the file of an interval that is promised closed self-contained and read-only. Interrupted, it is done again from the start.</summary>
internal sealed class IntervalClosing(IntervalFiles files, IntervalCatalog catalog, SqliteSeams seams, EngineSetting setting)
{
    /// <summary>Closes a file that no connection of this process has open.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="sum">What it holds, recounted.</param>
    /// <exception cref="ReplicaStoreException">Another program reads the file.</exception>
    /// <exception cref="Exception">A write or flush failed.</exception>
    public void Finish(Interval interval, ContentSum sum)
    {
        var path = files.PathOf(interval);
        var closedAt = catalog.Find(interval)?.Note?.ClosedAt ?? setting.Time.GetUtcNow();
        LeaveLog(path, interval, sum, closedAt);
        seams.OnClosingStep?.Invoke(ClosingStep.OutOfLog);
        DurableFiles.MakeReadOnly(path);
        seams.OnClosingStep?.Invoke(ClosingStep.ReadOnly);
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
        seams.OnClosingStep?.Invoke(ClosingStep.Noted);
        setting.Diagnostics.OnIntervalClosed(interval, path, sum.Blocks, sum.Events, sum.DigestSum);
    }

    /// <summary>
    /// The last reader to close a file leaves its empty log and the log's index. SQLite removes both when a writer closes the file: by its own locks,
    /// because another program may be reading.
    /// </summary>
    public void RemoveEmptyLogs()
    {
        foreach (var (interval, entry) in catalog.Entries)
        {
            var path = files.PathOf(interval);
            if (entry is { HasFile: true, IsSelfContained: false, Note: { Clean: true, SetAside: 0 } } && File.Exists(path + "-wal"))
            {
                RemoveEmptyLog(path, interval);
            }
        }
    }

    private void RemoveEmptyLog(string path, Interval interval)
    {
        try
        {
            IntervalFile.OpenForWriting(path, interval, setting.Identity, seams).Dispose();
        }
        catch (Exception e) when (e is SqliteException or ReplicaStoreException or IOException or UnauthorizedAccessException)
        {
            setting.Diagnostics.OnLogKept(path, e);
        }
    }

    private void LeaveLog(string path, Interval interval, ContentSum sum, DateTimeOffset closedAt)
    {
        using var database = IntervalFile.OpenForWriting(path, interval, setting.Identity, seams);
        try
        {
            IntervalMeta.WriteSums(database, sum, closedAt);
            seams.OnClosingStep?.Invoke(ClosingStep.Summed);
            if (!database.Checkpoint(restart: true))
            {
                throw InUse(path, null);
            }

            // The log is removed with this change; a note that says that the log has unique content would then report a loss.
            catalog.Note(interval, note => note with { Clean = true });
            database.ReadText("PRAGMA journal_mode=DELETE");
        }
        catch (SqliteException e) when (SqliteFaults.IsBusy(e))
        {
            throw InUse(path, e);
        }
    }

    private static ReplicaStoreException InUse(string path, Exception? inner) => new(
        $"{path} is promised closed, but another program reads it, so that it cannot be finished. Stop that program and close the interval again.",
        inner);
}
