using System.Buffers;
using AllData.Protocol.Numbers;
using AllData.Security;
using Microsoft.Win32.SafeHandles;

namespace AllData.Storage.Directories;

/// <summary>
/// What the coordinators of a data directory have noted of the numbers of their blocks: an append-only file, replaced by one with the fewest records when it is
/// opened, when it has grown, and after a write that failed. For several threads.
/// </summary>
/// <remarks>
/// A write that failed leaves the file as it was, or with true records that were not acknowledged. Only whole records count, up to the first that is not.
/// </remarks>
internal sealed class NumberJournal : IDisposable
{
    // It grows by zeros that are written, so that a flush is one of content and not of a file's length.
    private const int GrowBy = 64 << 10;
    private const int RewriteFrom = 1 << 20;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly Guid _directoryId;
    private readonly int _incarnation;
    private readonly Action<SafeFileHandle> _flush;
    private SafeFileHandle? _file;
    private long _end;
    private long _length;
    private long _rewriteAt;
    private bool _isDisposed;

    private NumberJournal(string path, Guid directoryId, int incarnation, Action<SafeFileHandle> flush) =>
        (_path, _directoryId, _incarnation, _flush) = (path, directoryId, incarnation, flush);

    /// <summary>A sentence when the file could not be written when it was opened; otherwise null. The next write tries again.</summary>
    public string? OpeningFailure { get; private set; }

    /// <summary>A sentence when what was there was not of this directory or damaged from the start, and was set aside; otherwise null.</summary>
    public string? SetAside { get; private set; }

    /// <summary>Opens the journal, or makes it, and notes that an incarnation has begun.</summary>
    /// <param name="path">The file.</param>
    /// <param name="directoryId">The data directory that it belongs to.</param>
    /// <param name="incarnation">The incarnation that begins.</param>
    /// <param name="flush">Makes the content of a file durable.</param>
    /// <exception cref="DataDirectoryException">It is of a version that this program does not know.</exception>
    public static NumberJournal Open(string path, Guid directoryId, int incarnation, Action<SafeFileHandle> flush)
    {
        var journal = new NumberJournal(path, directoryId, incarnation, flush);
        try
        {
            journal.SetAsideIfForeign();
            journal.Rewrite([]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk stops no puts, and so no start. Until it is written, what this incarnation numbers counts as not known.
            journal.OpeningFailure = journal.Describe(e);
        }

        return journal;
    }

    /// <summary>Notes records; durable when it returns.</summary>
    /// <exception cref="DataDirectoryException">They could not be written. The next write begins a new file.</exception>
    public void Write(IReadOnlyList<NumberRecord> records)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            try
            {
                if (_file is null || _end > _rewriteAt)
                {
                    Rewrite(records);
                }
                else
                {
                    Append(records);
                }

                OpeningFailure = null;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // After one failed flush the system may report the next one as good without having written.
                Close();
                throw new DataDirectoryException(Describe(e), e);
            }
        }
    }

    /// <summary>All records, in the order in which they were written.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IReadOnlyList<NumberRecord> Read()
    {
        lock (_gate)
        {
            return Read(_path, _directoryId);
        }
    }

    /// <summary>The records of a file, open or not; none where there is no file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="directoryId">The data directory that it belongs to.</param>
    /// <exception cref="IOException">It cannot be read, or is of another directory.</exception>
    /// <exception cref="DataDirectoryException">It is of a version that this program does not know.</exception>
    public static IReadOnlyList<NumberRecord> Read(string path, Guid directoryId)
    {
        var records = new List<NumberRecord>();
        if (!File.Exists(path))
        {
            return records;
        }

        ReadOnlySpan<byte> rest = Content(path);
        if (!NumberJournalFormat.IsHeader(path, rest, directoryId))
        {
            throw new IOException($"{path} does not begin as a journal of this directory.");
        }

        rest = rest[NumberJournalFormat.HeaderLength..];
        while (NumberJournalFormat.Read(rest, out var length) is { } record)
        {
            records.Add(record);
            rest = rest[length..];
        }

        return records;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            Close();
        }
    }

    private void Append(IReadOnlyList<NumberRecord> records)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var record in records)
        {
            NumberJournalFormat.Write(bytes, record);
        }

        if (_end + bytes.WrittenCount > _length)
        {
            var grown = Math.Max(GrowBy, bytes.WrittenCount);
            RandomAccess.Write(_file!, new byte[_end + grown - _length], _length);
            _length = _end + grown;
        }

        RandomAccess.Write(_file!, bytes.WrittenSpan, _end);
        _flush(_file!);
        _end += bytes.WrittenCount;
    }

    private void Rewrite(IReadOnlyList<NumberRecord> further)
    {
        Close();
        var history = new NumberHistory();
        foreach (var record in Read(_path, _directoryId).Append(new IncarnationBegan(_incarnation)).Concat(further))
        {
            history.Take(record);
        }

        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(NumberJournalFormat.Header(_directoryId));
        foreach (var record in history.ToRecords())
        {
            NumberJournalFormat.Write(bytes, record);
        }

        _end = bytes.WrittenCount;
        _length = _end + GrowBy;
        _rewriteAt = (2 * _end) + RewriteFrom;
        bytes.Write(new byte[GrowBy]);
        var temporary = _path + ".new";
        using (var file = PrivateFiles.Open(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            file.Write(bytes.WrittenSpan);
            file.Flush();
            _flush(file.SafeFileHandle);
        }

        DurableFiles.Rename(temporary, _path);
        _file = File.OpenHandle(_path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    private static byte[] Content(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }

    private void SetAsideIfForeign()
    {
        if (!File.Exists(_path) || NumberJournalFormat.IsHeader(_path, Content(_path), _directoryId))
        {
            return;
        }

        var number = Enumerable.Range(1, int.MaxValue - 1).First(n => !File.Exists($"{_path}.former-{n}"));
        DurableFiles.Rename(_path, $"{_path}.former-{number}");
        SetAside = $"{_path} was damaged from its start, or of another directory, and was set aside as {_path}.former-{number}. Which blocks this directory "
            + "has abandoned is not known any more: intervals in which some are missing are not certified by themselves.";
    }

    private string Describe(Exception e) =>
        $"{_path} could not be written: {e.Message} Puts go on. If the silo crashes now, intervals with blocks of it may not be certified by themselves.";

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }
}
