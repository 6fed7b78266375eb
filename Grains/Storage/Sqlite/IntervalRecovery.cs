using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>
/// Finds out what there is when a store is opened. Closed intervals are believed by their notes and not opened; open ones are recovered; what
/// is missing or damaged is reported, set aside and salvaged, and keeps no other interval from being served.
/// </summary>
internal sealed class IntervalRecovery(
    IntervalFiles files, IntervalCatalog catalog, IntervalClosing closing, IntervalSalvage salvage, SqliteSeams seams, EngineSetting setting)
{
    /// <summary>Looks at every interval; returns what is held of each.</summary>
    /// <exception cref="ReplicaStoreException">A file cannot be opened, for another reason than damage, or belongs to another peer.</exception>
    public Dictionary<Interval, ContentSum> Run()
    {
        CreateFolder();
        return files.Enumerate().ToList().ToDictionary(interval => interval, Open);
    }

    private void CreateFolder()
    {
        try
        {
            files.CreateFolder();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException($"The folder of the interval files cannot be made: {e.Message} Make room, or give this user the right.", e);
        }
    }

    private ContentSum Open(Interval interval)
    {
        var note = IntervalManifestFile.Read(files.NoteOf(interval), interval, setting.Identity, setting.Time.GetUtcNow());
        var hasFile = File.Exists(files.PathOf(interval));
        catalog.Set(interval, new IntervalEntry(hasFile, note?.State ?? IntervalState.Open, note));
        if (note?.Lost is { } known)
        {
            setting.Diagnostics.OnIntervalDamaged(interval, known);
        }

        try
        {
            return note?.SetAside > 0 ? SetAside(interval)
                : !hasFile ? ReportMissing(interval, note!)
                : note?.State == IntervalState.Closed ? TakeOver(interval, note)
                : Recover(interval, note);
        }
        catch (SqliteException e) when (SqliteFaults.IsDamage(e))
        {
            catalog.OnCorrupt(interval, $"{files.PathOf(interval)} cannot be opened: {e.Message}");
            return SetAside(interval);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException(
                $"{files.PathOf(interval)} cannot be opened: {e.Message} Make room, or give this user the right to write there, and start again.", e);
        }
    }

    private ContentSum ReportMissing(Interval interval, IntervalManifest note)
    {
        if (note.Lost is null)
        {
            catalog.OnLoss(
                interval,
                $"{files.PathOf(interval)} is missing; it held {note.Blocks} blocks with {note.Events} events when it was last closed cleanly.");
        }

        AnsweredMark.Remove(files.MarkOf(interval));
        catalog.Note(interval, n => n with { Clean = true, Blocks = 0, Events = 0, Bytes = 0, Digest = n.Digest is null ? null : new string('0', 32) });
        return default;
    }

    private ContentSum TakeOver(Interval interval, IntervalManifest note)
    {
        var path = files.PathOf(interval);
        var length = new FileInfo(path).Length;
        if (note.Bytes == 0)
        {
            // There was no file when it was closed; repair had begun to create one.
            return Recover(interval, note);
        }

        if (length == note.Bytes)
        {
            return new ContentSum(note.Blocks, note.Events, default);
        }

        catalog.OnCorrupt(interval, $"{path} has {length} bytes; it was closed with {note.Bytes}.");
        return SetAside(interval);
    }

    private ContentSum Recover(Interval interval, IntervalManifest? note)
    {
        var path = files.PathOf(interval);
        if (note is not null && new FileInfo(path).Length == 0)
        {
            catalog.OnCorrupt(interval, $"{path} is empty, and it was not.");
            return SetAside(interval);
        }

        if (note is { Clean: false } && !(File.Exists(path + "-wal") && new FileInfo(path + "-wal").Length > 0))
        {
            catalog.OnLoss(
                interval, $"{path}-wal, the log of the file, is gone or empty, and with it what was written since it was last copied into the file.");
        }

        // SQLite silently drops what lies behind a damaged place in its log, and the log with it.
        var unread = WriteAheadLog.CommitsBehindDamage(path + "-wal");
        if (unread > 1)
        {
            catalog.OnCorrupt(interval, $"{path}-wal, the log of the file, is damaged; {unread} transactions lie at or behind the damaged place.");
            return SetAside(interval);
        }

        // An interrupted closing may already have made the file read-only.
        DurableFiles.MakeWritable(path);
        if (RecoverFile(path, interval, note?.State == IntervalState.Closed, unread) is not { } recovered)
        {
            return SetAside(interval);
        }

        return recovered.Promised ? CountAndClose(interval) : recovered.Sum;
    }

    // Null: blocks that were answered can only be read by salvaging.
    private (ContentSum Sum, bool Promised)? RecoverFile(string path, Interval interval, bool isClosed, int unread)
    {
        using var database = IntervalFile.OpenForWriting(path, interval, setting.Identity, seams);
        if (IsLessThanAnswered(database, path, interval, unread))
        {
            database.KeepLogOnClose();
            return null;
        }

        // What a killed process had written but not flushed is read like anything else; it must be durable before the store says that it holds it.
        if (!database.Checkpoint(restart: false))
        {
            throw new ReplicaStoreException($"{path} is being read by another program. Stop that program.");
        }

        if (isClosed)
        {
            IntervalMeta.PromiseClosed(database);
        }

        catalog.OnFile(interval);
        var sum = IntervalWriter.NoteClean(catalog, interval, database);
        AnsweredMark.Remove(files.MarkOf(interval));
        return (sum, IntervalMeta.IsPromisedClosed(database));
    }

    // True: salvaging the rest is worthwhile. If there is nothing left to salvage, the damage is only reported.
    private bool IsLessThanAnswered(SqliteDatabase database, string path, Interval interval, int unread)
    {
        var answered = AnsweredMark.Read(files.MarkOf(interval));
        var held = answered == 0 ? 0 : database.ReadInt64("SELECT max(seq) FROM blocks");
        if (held >= answered)
        {
            return false;
        }

        var reason = $"{path} and its log give {held} blocks; {answered} had been answered as stored.";
        if (unread == 0)
        {
            catalog.OnLoss(interval, reason);
            return false;
        }

        catalog.OnCorrupt(interval, reason);
        return true;
    }

    private ContentSum CountAndClose(Interval interval)
    {
        catalog.OnPromised(interval);
        using var reader = new SqliteReader(files, catalog, new IntervalGate(), seams, setting);
        var sum = reader.Count(interval, CancellationToken.None).Sum;
        if (catalog.Find(interval)!.Note?.SetAside > 0)
        {
            return SetAside(interval);
        }

        reader.Release(interval);
        closing.Finish(interval, sum);
        return sum;
    }

    private ContentSum SetAside(Interval interval) => salvage.Run(interval);
}
