using AllData.Intervals;

namespace AllData.Storage.Log;

/// <summary>
/// The index of an open interval, written down beside its segments now and then, so that a restart reads the end of the log and not all of it. It is never
/// flushed and need not be right: what it does not know is read from the segments, and what it says wrongly is found as damage is. One at a time writes or
/// reads it.
/// </summary>
internal sealed class IndexCheckpoint(string path, Interval interval, ReplicaStoreIdentity identity, LogSeams seams) : IDisposable
{
    private ILogFile? _file;
    private LogFileHeader? _header;
    private long _end;

    /// <summary>Whether the next one must have all rows, because none before it can be built on.</summary>
    public bool NeedsWhole => _file is null;

    /// <summary>Reads it into an index; null when it is not there, or is not of these segments: the index is empty then.</summary>
    public (IntervalIndex Index, IndexPosition Position)? Read(IReadOnlyDictionary<int, SegmentFile> segments)
    {
        try
        {
            if (File.Exists(path))
            {
                _file = seams.Disk.Open(path, isWritable: true);
                _header = LogFileHeader.ReadFrom(_file, path);
                return ReadFrames(_file, _header, segments);
            }
        }
        catch (Exception e) when (e is FormatException or ReplicaStoreException or IOException or UnauthorizedAccessException)
        {
            // Then the segments are read.
            Forget();
        }

        return null;
    }

    /// <summary>Writes rows down.</summary>
    /// <param name="frame">Up to where they are, and whether they are all.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="entryOf">The entry of a number.</param>
    public void Write(IndexFrame frame, IndexRows rows, Func<int, BlockEntry> entryOf)
    {
        try
        {
            if (frame.IsWhole)
            {
                Forget();
                _header = LogFileHeader.New(LogFileKind.Index, seams.NewFileId(), interval, identity, number: 0);
                var file = seams.Disk.Create(path);
                _header.WriteTo(file);
                (_file, _end) = (file, LogFormat.FileHeaderLength);
            }

            if (_file is not null)
            {
                var writer = new LogStreamWriter(_file, _end);
                frame.Write(writer, _header!.Id, rows, entryOf);
                writer.Drain();
                _end = writer.Position;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Forget();
        }
    }

    /// <summary>Removes it.</summary>
    public void Remove()
    {
        Forget();
        LogFiles.TryDelete(seams.Disk, path);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => Forget();

    private (IntervalIndex, IndexPosition)? ReadFrames(ILogFile file, LogFileHeader header, IReadOnlyDictionary<int, SegmentFile> segments)
    {
        header.Check(path, interval, identity);
        var (index, position) = (new IntervalIndex(interval), default(IndexPosition?));
        _end = LogFormat.FileHeaderLength;
        while (IndexFrame.Read(file, header.Id, _end, index, out var end) is { } frame)
        {
            if (!frame.Segments.All(named => segments.TryGetValue(named.Key, out var segment) && segment.Header.Id == named.Value))
            {
                throw new LogDamageException($"{path} is not of these segments.");
            }

            (_end, position) = (end, frame.Position);
        }

        if (position is not { } known || !segments.TryGetValue(known.Segment, out var last) || last.File.Length < known.Offset)
        {
            throw new LogDamageException($"{path} knows more than there is.");
        }

        // What is left of a frame that is not whole must not follow the next one.
        file.SetLength(_end);
        index.ForgetChanges();
        return (index, known);
    }

    private void Forget()
    {
        _file?.Dispose();
        _file = null;
    }
}
