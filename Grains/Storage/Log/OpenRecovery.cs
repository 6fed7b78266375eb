using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>What was found of an interval that is not closed.</summary>
/// <param name="Held">Its segments and index.</param>
/// <param name="Checkpoint">The index as it is written down.</param>
/// <param name="Salvaged">Blocks of segments that could not be used; they are to be written again.</param>
internal sealed record RecoveredInterval(OpenInterval Held, IndexCheckpoint Checkpoint, IReadOnlyList<Block> Salvaged);

/// <summary>Reads the segments of an interval when a store is opened: from the checkpoint of its index on, or all.</summary>
internal sealed class OpenRecovery(LogFiles files, IntervalCatalog catalog, LogSeams seams, EngineSetting setting)
{
    /// <summary>Reads an interval.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="paths">Its segments.</param>
    /// <param name="closed">The file of the closed interval that it was, with its index; null: it was not closed.</param>
    /// <exception cref="ReplicaStoreException">A file belongs to another peer or interval, or is of a later version.</exception>
    public RecoveredInterval Run(Interval interval, IReadOnlyList<string> paths, ClosedFile? closed)
    {
        var salvaged = new List<Block>();
        var found = new List<(SegmentFile Segment, (int Segment, long End)? Start)>();
        var checkpoint = new IndexCheckpoint(files.IndexOf(interval), interval, setting.Identity, seams);
        foreach (var path in paths)
        {
            if (Open(path, interval, closed?.Trailer.LastSegment ?? 0, salvaged) is { } segment)
            {
                found.Add((segment, ReadStart(segment)));
            }
        }

        RemoveUnused(found);
        var segments = found.ToDictionary(static s => s.Segment.Number, static s => s.Segment);
        var known = closed is null ? checkpoint.Read(segments) : null;
        var held = new OpenInterval(interval, closed?.Index ?? known?.Index ?? new IntervalIndex(interval)) { IsPromised = closed is not null };
        if (closed is not null)
        {
            held.Add(closed.File);
        }

        found.ForEach(s => held.Add(s.Segment));
        paths.ToList().ForEach(path => held.PassOver(NumberOf(path)));
        if (known is not null && !IsThere(held))
        {
            checkpoint.Remove();
            held = Renewed(held);
            known = null;
        }

        Replay(held, found, known?.Position);
        return new RecoveredInterval(held, checkpoint, salvaged);
    }

    private static OpenInterval Renewed(OpenInterval held)
    {
        var renewed = new OpenInterval(held.Interval, new IntervalIndex(held.Interval));
        foreach (var segment in held.Segments.Values)
        {
            renewed.Add(segment);
        }

        return renewed;
    }

    // A checkpoint may know blocks of a segment whose end is not there any more.
    private static bool IsThere(OpenInterval held)
    {
        var entry = held.Index.Get(held.Index.Count);
        return !entry.Exists || (held.ReadHead(entry) is { } head && head.Id == entry.Id);
    }

    private void Replay(OpenInterval held, List<(SegmentFile Segment, (int Segment, long End)? Start)> found, IndexPosition? known)
    {
        var answered = AnsweredMark.Read(files.Intervals.MarkOf(held.Interval));
        var replay = new RecordReplay(held, answered);
        if (known is { } written)
        {
            replay.Begin(written);
            held.IsPromised |= written.IsPromised;
        }

        for (var i = 0; i < found.Count; i++)
        {
            var segment = found[i].Segment;
            var end = i + 1 < found.Count && found[i + 1].Start is { } next && next.Segment == segment.Number ? next.End : (long?)null;
            ReportMissing(held, found[i].Start, segment);
            if (known is { } at && segment.Number < at.Segment)
            {
                segment.End = end ?? segment.File.Length;
                continue;
            }

            replay.Read(segment, known is { } here && segment.Number == here.Segment ? here.Offset : LogFormat.FileHeaderLength, end);
        }

        replay.Complete();
        Judge(held, replay, answered);
        held.Last = found.Count == 0 ? null : found[^1].Segment;
        held.Commit = Math.Max(replay.Commit, answered);
        MakeDurable(held, replay, answered);
        if (replay.ToRecount.Count > 0)
        {
            MinuteRecount.Run(held, replay.ToRecount);
        }
    }

    private void ReportMissing(OpenInterval held, (int Segment, long End)? start, SegmentFile segment)
    {
        if (start is { Segment: > 0 } known && !held.Segments.ContainsKey(known.Segment) && known.Segment > (held.Base is null ? 0 : MergedUpTo(held)))
        {
            catalog.OnLoss(held.Interval, $"{files.SegmentOf(held.Interval, known.Segment)} is missing; {segment.Path} was begun after it.");
        }
    }

    private static int MergedUpTo(OpenInterval held) =>
        held.Base is { } file && ClosedTrailer.TryRead(file.File, file.Header, out var trailer) ? trailer.LastSegment : 0;

    private void Judge(OpenInterval held, RecordReplay replay, long answered)
    {
        foreach (var (segment, from) in replay.Damage)
        {
            segment.IsDamaged = true;
            catalog.OnLoss(held.Interval, $"{segment.Path} is damaged from byte {from} on; what lay there had been answered as stored.");
        }

        if (replay.IsCutOff)
        {
            catalog.OnLoss(held.Interval, $"The segments of interval {held.Interval} end with commit {replay.Commit}; {answered} had been answered as stored.");
        }
    }

    // What a killed process had written but not flushed is read like anything else; it must be durable before the store says that it holds it. It is
    // written again first: after a failed flush the system may take it for written although the disk never got it.
    private static void MakeDurable(OpenInterval held, RecordReplay replay, long answered)
    {
        if (held.Last is not { } last)
        {
            return;
        }

        if (replay.LastCommit is { } commit && replay.Commit > answered && commit.Segment == last && last.End > commit.Offset)
        {
            var bytes = new byte[last.End - commit.Offset];
            last.File.Read(bytes, commit.Offset);
            last.File.Write(bytes, commit.Offset);
            last.File.Flush();
        }

        if (last.File.Length > last.End && !new SegmentScan(last.File, last.Header.Seed).HasContent(last.End, last.File.Length))
        {
            last.File.SetLength(last.End);
        }
    }

    private SegmentFile? Open(string path, Interval interval, int merged, List<Block> salvaged)
    {
        DurableFiles.MakeWritable(path);
        var file = seams.Disk.Open(path, isWritable: true);
        try
        {
            if (NumberOf(path) <= merged)
            {
                // It is in the closed interval's file.
                Remove(file, path);
                return null;
            }

            var header = LogFileHeader.ReadFrom(file, path);
            header.Check(path, interval, setting.Identity);
            return header.Kind == LogFileKind.Segment && header.Number == NumberOf(path)
                ? new SegmentFile(path, header, file)
                : throw new LogDamageException($"{path} is not the segment that its name says.");
        }
        catch (LogDamageException) when (!new SegmentScan(file, 0).HasContent(0, file.Length))
        {
            // Its making was cut off: nothing was ever written to it.
            Remove(file, path);
            return null;
        }
        catch (LogDamageException e)
        {
            salvaged.AddRange(BlockSalvage.Find(file).Where(block => IsOurs(block.Header, interval)));
            file.Dispose();
            SetAside(interval, path, e.Message);
            return null;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void Remove(ILogFile file, string path)
    {
        file.Dispose();
        LogFiles.TryDelete(seams.Disk, path);
    }

    private bool IsOurs(BlockHeader header, Interval interval) => setting.Identity.Accepts(header.ClusterId)
        && Interval.Containing(header.FirstKey.UnixMilliseconds, setting.Identity.IntervalLength) == interval;

    private void SetAside(Interval interval, string path, string reason)
    {
        var aside = files.Intervals.SetAsideOf(interval, files.Intervals.NextSetAside(interval));
        seams.Disk.Rename(path, aside);
        catalog.OnLoss(interval, $"{reason} It was set aside as {aside}; the blocks that could be read from it are kept.");
    }

    private static (int Segment, long End)? ReadStart(SegmentFile segment)
    {
        var bytes = new byte[LogRecord.HeaderLength + LogAppender.StartLength];
        return segment.File.Read(bytes, LogFormat.FileHeaderLength) == bytes.Length
            && LogRecord.TryRead(bytes, segment.Header.Seed, LogFormat.FileHeaderLength, out var record) && record.Kind == LogRecordKind.Start
            && EventDigest.Of(bytes.AsSpan(LogRecord.HeaderLength)) == record.Digest
                ? LogAppender.ReadStart(bytes.AsSpan(LogRecord.HeaderLength))
                : null;
    }

    // A segment that was made and never written to; and one that was given up before anything in it was answered: a later one goes on from before it.
    private void RemoveUnused(List<(SegmentFile Segment, (int Segment, long End)? Start)> found)
    {
        found.Sort(static (a, b) => a.Segment.Number.CompareTo(b.Segment.Number));
        for (var i = found.Count - 1; i >= 0; i--)
        {
            var (segment, start) = found[i];
            var isPassedOver = found.Skip(i + 1).Any(later => later.Start is { } next && next.Segment < segment.Number);
            if (isPassedOver || (start is null && !new SegmentScan(segment.File, 0).HasContent(LogFormat.FileHeaderLength, segment.File.Length)))
            {
                found.RemoveAt(i);
                segment.Dispose();
                LogFiles.TryDelete(seams.Disk, segment.Path);
            }
        }
    }

    /// <summary>The number in the name of a segment.</summary>
    public static int NumberOf(string path) =>
        int.TryParse(Path.GetFileName(path).Split('.') is [_, var number, _] ? number : "", out var parsed) ? parsed : 0;
}
