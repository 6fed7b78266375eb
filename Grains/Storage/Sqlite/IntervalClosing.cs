using AllData.Intervals;
using Microsoft.Data.Sqlite;

namespace AllData.Storage;

/// <summary>A step of closing an interval, after which the process may die.</summary>
internal enum ClosingStep
{
    /// <summary>The promise is durable in the file.</summary>
    Promised,

    /// <summary>What the file holds is written into it.</summary>
    Summed,

    /// <summary>The file is out of its write-ahead log.</summary>
    OutOfLog,

    /// <summary>The file is read-only.</summary>
    ReadOnly,

    /// <summary>The note beside the file says so.</summary>
    Noted,

    /// <summary>Repair completes a closed interval: its note does not call the file finished any more.</summary>
    Reopened,

    /// <summary>The file is not read-only any more.</summary>
    Writable,

    /// <summary>The file is in a write-ahead log again.</summary>
    InLog,
}

/// <summary>Makes the file of an interval that is promised closed self-contained and read-only. Interrupted, it is done again from the start.</summary>
internal sealed class IntervalClosing(
    IntervalFiles files,
    ReplicaStoreIdentity identity,
    IntervalCatalog catalog,
    StorageOptions options,
    ReplicaStoreDiagnostics diagnostics,
    TimeProvider time)
{
    /// <summary>Closes a file that no connection of this process has open.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="sum">What it holds, counted afresh.</param>
    /// <exception cref="ReplicaStoreException">Another program reads the file.</exception>
    /// <exception cref="Exception">A write or flush failed.</exception>
    public void Finish(Interval interval, IntervalSum sum)
    {
        var path = files.PathOf(interval);
        var closedAt = catalog.Find(interval)?.Note?.ClosedAt ?? time.GetUtcNow();
        LeaveLog(path, interval, sum, closedAt);
        options.OnClosingStep?.Invoke(ClosingStep.OutOfLog);
        DurableFiles.MakeReadOnly(path);
        options.OnClosingStep?.Invoke(ClosingStep.ReadOnly);
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
        options.OnClosingStep?.Invoke(ClosingStep.Noted);
        diagnostics.OnIntervalClosed(interval, path, sum.Blocks, sum.Events, sum.DigestSum);
    }

    /// <summary>
    /// A reader that closes a file last leaves its log, which has nothing in it, and the log's index beside it. SQLite removes both when a writer
    /// closes the file: by its own locks, because another program may be reading.
    /// </summary>
    public void RemoveEmptyLogs()
    {
        foreach (var (interval, entry) in catalog.Entries)
        {
            var path = files.PathOf(interval);
            if (entry is { HasFile: true, IsFinished: false, Note: { Clean: true, SetAside: 0 } } && File.Exists(path + "-wal"))
            {
                RemoveEmptyLog(path, interval);
            }
        }
    }

    private void RemoveEmptyLog(string path, Interval interval)
    {
        try
        {
            IntervalFile.OpenForWriting(path, interval, identity, options).Dispose();
        }
        catch (Exception e) when (e is SqliteException or ReplicaStoreException or IOException or UnauthorizedAccessException)
        {
            diagnostics.OnLogKept(path, e);
        }
    }

    private void LeaveLog(string path, Interval interval, IntervalSum sum, DateTimeOffset closedAt)
    {
        using var database = IntervalFile.OpenForWriting(path, interval, identity, options);
        try
        {
            IntervalMeta.WriteSums(database, sum, closedAt);
            options.OnClosingStep?.Invoke(ClosingStep.Summed);
            if (!database.Checkpoint(restart: true))
            {
                throw InUse(path, null);
            }

            // The log goes with the change; a note that says that it has something only it has would then speak of a loss.
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
