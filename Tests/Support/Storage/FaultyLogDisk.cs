using AllData.Storage.Log;

namespace AllData.Tests.Support;

/// <summary>
/// Files of the log store that fail when told to: it knows which writes have been flushed and can show the files as they would be after a power loss.
/// </summary>
/// <param name="foundFilesAreDurable">Whether files that are there already count as flushed, or as written by a process that was killed.</param>
internal sealed class FaultyLogDisk(bool foundFilesAreDurable = true) : ILogDisk
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FileContent> _files = [];
    private long _bytesRead;

    /// <summary>Whether every write fails, as if the disk were full.</summary>
    public bool IsFull { get; set; }

    /// <summary>Whether every flush fails.</summary>
    public bool FailsToFlush { get; set; }

    /// <summary>How many of the next flushes of a segment fail. What they should have made durable never is: the system has forgotten it.</summary>
    public int FlushesToFail { get; set; }

    /// <summary>Bytes of the next write of a segment that arrive before it fails; null: it succeeds.</summary>
    public int? ShortWrite { get; set; }

    /// <summary>How far off the next write of a segment goes; 0: it goes where it should.</summary>
    public long Misdirection { get; set; }

    /// <summary>The paths of the files that were opened, in order.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<string> Opened { get; } = new();

    /// <summary>Bytes that were read from files.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <inheritdoc/>
    public ILogFile Create(string path)
    {
        FailIfFull();
        var file = SystemLogDisk.Instance.Create(path);
        lock (_gate)
        {
            _files[path] = new FileContent(null, foundIsDurable: true);
            return new FaultyFile(this, path, file, _files[path]);
        }
    }

    /// <inheritdoc/>
    public ILogFile Open(string path, bool isWritable)
    {
        Opened.Enqueue(path);
        var file = SystemLogDisk.Instance.Open(path, isWritable);
        lock (_gate)
        {
            if (!_files.TryGetValue(path, out var content))
            {
                _files.Add(path, content = new FileContent(File.ReadAllBytes(path), foundFilesAreDurable));
            }

            return new FaultyFile(this, path, file, content);
        }
    }

    /// <inheritdoc/>
    public void FlushDirectoryOf(string path) => SystemLogDisk.Instance.FlushDirectoryOf(path);

    /// <inheritdoc/>
    public void Rename(string path, string newPath)
    {
        SystemLogDisk.Instance.Rename(path, newPath);
        lock (_gate)
        {
            if (_files.Remove(path, out var content))
            {
                _files[newPath] = content;
            }
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        SystemLogDisk.Instance.Delete(path);
        lock (_gate)
        {
            _files.Remove(path);
        }
    }

    /// <summary>Writes the files as they would be if the power had failed now.</summary>
    /// <param name="source">The directory that the store uses.</param>
    /// <param name="target">A directory that receives them.</param>
    /// <param name="random">Decides which unflushed writes have reached the disk all the same; null: none.</param>
    public void WritePowerLossImage(string source, string target, Random? random)
    {
        lock (_gate)
        {
            foreach (var (path, content) in _files)
            {
                if (content.AfterPowerLoss(random) is { } bytes)
                {
                    var imagePath = Path.Combine(target, Path.GetRelativePath(source, path));
                    Directory.CreateDirectory(Path.GetDirectoryName(imagePath)!);
                    File.WriteAllBytes(imagePath, bytes);
                }
            }
        }
    }

    private void FailIfFull()
    {
        if (IsFull)
        {
            throw new IOException("No space left on device.");
        }
    }

    private sealed class FaultyFile(FaultyLogDisk disk, string path, ILogFile file, FileContent content) : ILogFile
    {
        private bool IsSegment => path.EndsWith(LogFormat.SegmentExtension, StringComparison.Ordinal);

        public long Length => file.Length;

        public int Read(Span<byte> destination, long offset)
        {
            var read = file.Read(destination, offset);
            Interlocked.Add(ref disk._bytesRead, read);
            return read;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            disk.FailIfFull();
            if (IsSegment && offset >= LogFormat.FileHeaderLength && !IsZero(bytes))
            {
                if (disk.ShortWrite is { } arrived)
                {
                    disk.ShortWrite = null;
                    Record(bytes[..Math.Min(arrived, bytes.Length)], offset);
                    throw new IOException("Input/output error.");
                }

                offset += disk.Misdirection;
                disk.Misdirection = 0;
            }

            Record(bytes, offset);
        }

        public void SetLength(long length)
        {
            disk.FailIfFull();
            file.SetLength(length);
            lock (disk._gate)
            {
                content.Unsynced.Add(new UnsyncedChange(length, null));
            }
        }

        public void Flush()
        {
            int changes;
            lock (disk._gate)
            {
                changes = content.Unsynced.Count;
                if (disk.FailsToFlush || (IsSegment && content.Unsynced.Any(static c => c.Bytes is { } b && !IsZero(b)) && disk.FlushesToFail-- > 0))
                {
                    content.Unsynced.Clear();
                    throw new IOException("Input/output error.");
                }

                disk.FlushesToFail = Math.Max(0, disk.FlushesToFail);
            }

            file.Flush();
            lock (disk._gate)
            {
                content.MakeDurable(changes);
            }
        }

        public void Dispose() => file.Dispose();

        private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);

        private void Record(ReadOnlySpan<byte> bytes, long offset)
        {
            lock (disk._gate)
            {
                content.Unsynced.Add(new UnsyncedChange(offset, bytes.ToArray()));
            }

            file.Write(bytes, offset);
        }
    }
}
