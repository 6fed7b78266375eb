using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>
/// Finds out what there is when a store is opened. Closed intervals are believed by their notes and not opened; open ones are recovered; what is missing or
/// damaged is reported, set aside and salvaged, and keeps no other interval from being served.
/// </summary>
internal sealed class LogRecovery(
    LogFiles files, IntervalCatalog catalog, LogIntervals intervals, LogWriter writer, LogClosing closing, LogSalvage salvage, LogSeams seams,
    EngineSetting setting)
{
    private readonly OpenRecovery _open = new(files, catalog, seams, setting);

    /// <summary>Looks at every interval.</summary>
    /// <exception cref="ReplicaStoreException">A file cannot be opened, for another reason than damage, or belongs to another peer.</exception>
    public void Run()
    {
        CreateFolder();
        foreach (var (interval, segments) in files.Enumerate())
        {
            writer.SetHeld(interval, Open(interval, segments));
        }
    }

    private void CreateFolder()
    {
        try
        {
            files.Intervals.CreateFolder();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException($"The folder of the interval files cannot be made: {e.Message} Make room, or give this user the right.", e);
        }
    }

    private ContentSum Open(Interval interval, List<string> segments)
    {
        var path = files.Intervals.PathOf(interval);
        var note = IntervalManifestFile.Read(files.Intervals.NoteOf(interval), interval, setting.Identity, setting.Time.GetUtcNow());
        var hasFile = File.Exists(path);
        catalog.Set(interval, new IntervalEntry(hasFile || segments.Count > 0, note?.State ?? IntervalState.Open, note));
        LogFiles.TryDelete(seams.Disk, files.ClosingOf(interval));
        if (note?.Lost is { } known)
        {
            setting.Diagnostics.OnIntervalDamaged(interval, known);
        }

        try
        {
            return note?.SetAside > 0 ? Salvage(interval, segments)
                : !hasFile && segments.Count == 0 ? ReportMissing(interval, note!)
                : hasFile ? OpenClosed(interval, path, note, segments)
                : Recover(interval, segments, closed: null);
        }
        catch (LogDamageException e)
        {
            catalog.OnCorrupt(interval, $"{path} cannot be opened: {e.Message}");
            return Salvage(interval, segments);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException(
                $"The files of {path} cannot be opened: {e.Message} Make room, or give this user the right to write there, and start again.", e);
        }
    }

    private ContentSum ReportMissing(Interval interval, IntervalManifest note)
    {
        if (note.Lost is null && (note.Blocks > 0 || !note.Clean || note.Bytes > 0))
        {
            catalog.OnLoss(
                interval,
                $"The segments and the file {files.Intervals.PathOf(interval)} are missing; they held {note.Blocks} blocks with {note.Events} events when "
                + "they were last closed cleanly.");
        }

        closing.RemoveRest(interval);
        catalog.Note(interval, n => n with { Clean = true, Blocks = 0, Events = 0, Bytes = 0, Digest = n.Digest is null ? null : new string('0', 32) });
        return default;
    }

    private ContentSum OpenClosed(Interval interval, string path, IntervalManifest? note, List<string> segments)
    {
        if (note is { State: IntervalState.Closed } && segments.Count == 0)
        {
            return new FileInfo(path).Length == note.Bytes
                ? new ContentSum(note.Blocks, note.Events, default)
                : throw new LogDamageException($"it has {new FileInfo(path).Length} bytes and was closed with {note.Bytes}.");
        }

        // It was being closed, or opened again by repair.
        var closed = ClosedFile.Open(path, interval, setting.Identity, seams.Disk);
        var later = segments.Where(segment => OpenRecovery.NumberOf(segment) > closed.Trailer.LastSegment).ToList();
        if (later.Count > 0)
        {
            return Recover(interval, segments, closed);
        }

        closed.Dispose();
        segments.ForEach(segment => LogFiles.TryDelete(seams.Disk, segment));
        closing.RemoveRest(interval);
        catalog.OnPromised(interval);
        closing.NoteClosed(interval, closed.Trailer.Sum, closed.Trailer.ClosedAt);
        return closed.Trailer.Sum with { DigestSum = default };
    }

    private ContentSum Recover(Interval interval, List<string> segments, ClosedFile? closed)
    {
        var held = writer.Take(_open.Run(interval, segments, closed)).Held;
        if (held.Segments.IsEmpty && catalog.Find(interval)?.Note is null)
        {
            // Segments were made, and nothing was ever written to them.
            writer.Drop(interval);
            return default;
        }

        ReportFewer(interval, held.Index.Held.Blocks);
        if (catalog.Find(interval)!.IsSelfContained)
        {
            // It was lost after it was closed, and repair had begun to bring it back.
            catalog.Note(interval, static n => n with { State = IntervalState.Open });
        }

        if (!held.IsPromised && catalog.Find(interval)!.State != IntervalState.Closed)
        {
            return held.Index.Held;
        }

        catalog.OnPromised(interval);
        return CountAndClose(interval, held);
    }

    // Without a mark and with a clean stop, only the note knows that segments are gone.
    private void ReportFewer(Interval interval, long blocks)
    {
        if (catalog.Find(interval)?.Note is { Clean: true, Lost: null } note && note.Blocks > blocks)
        {
            catalog.OnLoss(interval, $"The segments of interval {interval} hold {blocks} blocks; there were {note.Blocks} when they were last closed cleanly.");
        }
    }

    // Where that fails for now, the interval is read from its segments, and closed when it is verified or the store is opened again.
    private ContentSum CountAndClose(Interval interval, OpenInterval held)
    {
        using var reader = new LogReader(files, catalog, intervals, closing, setting);
        try
        {
            var restorations = catalog.Find(interval)!.Restorations;
            writer.TryFinishClosing(interval, reader.Count(interval, CancellationToken.None), restorations);
        }
        catch (ReplicaStoreException e)
        {
            setting.Diagnostics.OnLogKept(files.Intervals.PathOf(interval), e);
        }

        return held.Index.Held;
    }

    private ContentSum Salvage(Interval interval, List<string> segments)
    {
        var sum = salvage.Run(interval, () => writer.Take(_open.Run(interval, [.. segments.Where(File.Exists)], closed: null)));
        if (catalog.Find(interval)!.State == IntervalState.Closed && intervals.Open.TryGetValue(interval, out var held))
        {
            CountAndClose(interval, held);
        }

        return sum with { DigestSum = default };
    }
}
