using AllData.Intervals;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Log;

/// <summary>
/// Writes the file of a closed interval beside its segments: the blocks by key, the index, the trailer. What is written is durable before it is used.
/// </summary>
internal sealed class ClosedFileWriter(LogFiles files, LogSeams seams, ReplicaStoreIdentity identity)
{
    /// <summary>Writes the file, under the name that it has before it is used.</summary>
    /// <param name="held">What the interval has; it may still grow, and then the file is not used.</param>
    /// <param name="sum">What it holds, counted.</param>
    /// <param name="closedAt">When it was closed.</param>
    /// <param name="cancellationToken">Ends it between two blocks.</param>
    /// <exception cref="IOException">There is no room, or the disk fails.</exception>
    public void Write(OpenInterval held, ContentSum sum, DateTimeOffset closedAt, CancellationToken cancellationToken)
    {
        var path = files.ClosingOf(held.Interval);
        LogFiles.TryDelete(seams.Disk, path);
        var (rows, last, commit) = (held.Index.ReadAll(), held.Segments.Keys.Max(), held.Commit);
        if (held.Base is { } file && ClosedTrailer.TryRead(file.File, file.Header, out var before))
        {
            last = Math.Max(last, before.LastSegment);
        }

        using (var target = seams.Disk.Create(path))
        {
            var header = LogFileHeader.New(LogFileKind.Closed, seams.NewFileId(), held.Interval, identity, number: 0);
            header.WriteTo(target);
            var writer = new LogStreamWriter(target, LogFormat.FileHeaderLength);
            var places = CopyBlocks(held, rows, header, writer, cancellationToken);
            writer.Align();
            var index = writer.Position;
            new IndexFrame(IsWhole: true, new IndexPosition(0, index, commit, IsPromised: true), new Dictionary<int, Guid>())
                .Write(writer, header.Id, rows, number => places[number]);
            new ClosedTrailer(index, sum, closedAt, last, commit).Write(writer, header);
            writer.Drain();
            target.Flush();
        }

        seams.Disk.FlushDirectoryOf(path);
        Check(path, held.Interval);
    }

    // Those that are damaged are copied as they are: their place is known, and repair brings their bytes.
    private static Dictionary<int, BlockEntry> CopyBlocks(
        OpenInterval held, IndexRows rows, LogFileHeader header, LogStreamWriter writer, CancellationToken cancellationToken)
    {
        var places = new Dictionary<int, BlockEntry>(rows.Numbers.Count);
        var blocks = rows.Numbers.Select(number => (Number: number, Entry: held.Index.Get(number))).ToList();
        blocks.Sort(static (a, b) => (a.Entry.First, a.Entry.Last, a.Number).CompareTo((b.Entry.First, b.Entry.Last, b.Number)));
        var buffer = Array.Empty<byte>();
        Span<byte> head = stackalloc byte[LogRecord.HeaderLength];
        foreach (var (number, entry) in blocks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            buffer = buffer.Length < entry.Length ? new byte[entry.Length * 2] : buffer;
            var bytes = buffer.AsSpan(0, entry.Length);
            bytes.Clear();
            held.Read(entry, bytes);
            writer.Align();
            var offset = writer.Position;
            var record = new LogRecord(
                LogRecordKind.Block, LogRecordFlags.None, entry.Length, entry.Events, 0, number, entry.Id, entry.Bucket, entry.First, entry.Last, entry.Digest);
            record.WriteTo(head, header.Seed, offset);
            writer.Write(head);
            writer.Write(bytes);
            places.Add(number, entry with { Segment = 0, Offset = offset });
        }

        return places;
    }

    private void Check(string path, Interval interval)
    {
        try
        {
            ClosedFile.Open(path, interval, identity, seams.Disk).Dispose();
        }
        catch (LogDamageException e)
        {
            throw new IOException($"{path} is not what was written: {e.Message}");
        }
    }
}
