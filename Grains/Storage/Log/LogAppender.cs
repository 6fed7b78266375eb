using System.Buffers.Binary;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>A record that is to be written.</summary>
/// <param name="Record">Its head, without its place in a commit.</param>
/// <param name="Body">Its body.</param>
internal readonly record struct PendingRecord(LogRecord Record, ReadOnlyMemory<byte> Body);

/// <summary>Where the records of a commit lie.</summary>
/// <param name="Segment">The number of the segment.</param>
/// <param name="Offsets">Where each begins.</param>
internal readonly record struct PlacedRecords(int Segment, IReadOnlyList<long> Offsets);

/// <summary>
/// Appends to an open interval: all that waits in one write and one flush. What was open before is never continued: a fresh segment says where it ends. For the
/// writer's thread.
/// </summary>
internal sealed class LogAppender(
    OpenInterval held, SegmentMaker maker, LogBackgroundWork background, AnsweredMark mark, LogSeams seams, ReplicaStoreDiagnostics diagnostics)
{
    /// <summary>Bytes of the body of a segment's first record.</summary>
    public const int StartLength = 16;

    // What is written less of than this needs no space beforehand.
    private const int SmallInterval = 64 << 10;

    // From this size on, writing zeros first costs more than the length that each flush of a growing file has to write.
    private const int LargeCommit = 128 << 10;
    private const int CommitsInAverage = 8;

    // A segment takes many commits, and the next one is made while several still fit: making it takes longer than a commit.
    private const int CommitsPerSegment = 32;
    private const int CommitsAhead = 8;
    private const int Growth = 4;

    private readonly List<PendingRecord> _commit = [];
    private byte[] _buffer = new byte[64 << 10];
    private SegmentFile? _active;
    private volatile SegmentFile? _spare;
    private volatile bool _isSpareOnItsWay;
    private int _generation;
    private long _lastBytes;
    private long _averageBytes;

    /// <summary>Bytes written since the index was last written down.</summary>
    public long BytesSinceCheckpoint { get; set; }

    /// <summary>Writes records and flushes them; they are durable when this returns.</summary>
    /// <exception cref="IOException">They may be durable or not, and nothing may be written any more.</exception>
    public PlacedRecords Append(IReadOnlyList<PendingRecord> records)
    {
        held.Commit++;
        PlacedRecords placed;
        try
        {
            placed = Write(records);
        }
        catch (IOException e)
        {
            // After a failed flush the system may drop what it could not write and report the next flush as good. So nothing more goes into this segment:
            // it ends where it was last known to be whole, and the commit is written again elsewhere.
            diagnostics.OnSegmentGivenUp(_active?.Path ?? held.PathOf(0), e);
            GiveUp(_active);
            placed = Write(records);
        }

        mark.Write(held.Commit);
        PrepareNext();
        return placed;
    }

    /// <summary>Removes what was made beforehand and never used.</summary>
    /// <param name="isClean">Whether the last segment may be cut to its records.</param>
    public void Close(bool isClean)
    {
        _generation++;
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
        {
            Remove(spare);
        }

        if (isClean)
        {
            _active?.File.SetLength(_active.End);
        }

        mark.Dispose();
    }

    private PlacedRecords Write(IReadOnlyList<PendingRecord> records)
    {
        var bytes = records.Sum(static pending => pending.Record.TotalLength);
        var isNew = _active is null || _active.End + bytes > _active.Capacity || (!_active.IsPrepared && _spare is { IsPrepared: true });
        _lastBytes = bytes;
        _averageBytes += (bytes - _averageBytes) / CommitsInAverage;
        var segment = isNew ? Next(bytes) : _active!;
        _active = segment;
        _commit.Clear();
        if (isNew)
        {
            _commit.Add(StartOf());
        }

        _commit.AddRange(records);
        var offsets = new long[_commit.Count];
        var length = Encode(segment, offsets);
        segment.File.Write(_buffer.AsSpan(0, length), segment.End);
        if (seams.Flush)
        {
            segment.File.Flush();
        }

        segment.End += length;
        BytesSinceCheckpoint += length;
        if (isNew)
        {
            held.Add(segment);
        }

        held.Last = segment;
        return new PlacedRecords(segment.Number, isNew ? offsets[1..] : offsets);
    }

    private PendingRecord StartOf()
    {
        var body = new byte[StartLength];
        BinaryPrimitives.WriteInt32LittleEndian(body, held.Last?.Number ?? 0);
        BinaryPrimitives.WriteInt64LittleEndian(body.AsSpan(8), held.Last?.End ?? 0);
        return new PendingRecord(LogRecord.Of(LogRecordKind.Start, body), body);
    }

    /// <summary>What the first record of a segment says.</summary>
    public static (int Segment, long End) ReadStart(ReadOnlySpan<byte> body) =>
        body.Length < StartLength ? default : (BinaryPrimitives.ReadInt32LittleEndian(body), BinaryPrimitives.ReadInt64LittleEndian(body[8..]));

    private int Encode(SegmentFile segment, long[] offsets)
    {
        var length = checked((int)_commit.Sum(static pending => pending.Record.TotalLength));
        if (_buffer.Length < length)
        {
            _buffer = new byte[length + (length / 4)];
        }

        var used = 0;
        for (var i = 0; i < _commit.Count; i++)
        {
            var (record, body) = _commit[i];
            var flags = (i == 0 ? LogRecordFlags.First : 0) | (i == _commit.Count - 1 ? LogRecordFlags.Last : 0);
            offsets[i] = segment.End + used;
            (record with { Commit = held.Commit, Flags = flags }).WriteTo(_buffer.AsSpan(used), segment.Header.Seed, offsets[i]);
            body.Span.CopyTo(_buffer.AsSpan(used + LogRecord.HeaderLength));
            var end = used + (int)record.TotalLength;
            _buffer.AsSpan(used + LogRecord.HeaderLength + body.Length, end - used - LogRecord.HeaderLength - body.Length).Clear();
            used = end;
        }

        return length;
    }

    private SegmentFile Next(long bytes)
    {
        var needed = LogFormat.FileHeaderLength + LogFormat.Align(LogRecord.HeaderLength + StartLength) + bytes;
        if (Interlocked.Exchange(ref _spare, null) is { } spare)
        {
            if (spare.Capacity >= needed && spare.Number > (held.Last?.Number ?? 0))
            {
                return spare;
            }

            Remove(spare);
        }

        // One that is being made comes too late.
        _generation++;
        return maker.Make(held.Interval, held.NextSegmentNumber(), Math.Max(NextLength, needed), isPrepared: false);
    }

    private long NextLength => Math.Clamp(
        Math.Max(_active is { IsPrepared: true } last ? last.Capacity * Growth : 0, _lastBytes * CommitsPerSegment),
        SegmentMaker.SmallestLength,
        SegmentMaker.LargestLength);

    private void PrepareNext()
    {
        var isLarge = _averageBytes >= LargeCommit;
        if (_active is not { } active || _spare is not null || _isSpareOnItsWay || !IsNextDue(active, isLarge))
        {
            return;
        }

        _isSpareOnItsWay = true;
        var (generation, number, length) = (_generation, held.NextSegmentNumber(), NextLength);
        background.Add(() => Prepare(generation, number, length, isPrepared: !isLarge));
    }

    private bool IsNextDue(SegmentFile active, bool isLarge) => active.IsPrepared || isLarge
        ? active.Capacity - active.End <= Math.Max(active.Capacity / 2, _lastBytes * CommitsAhead)
        : active.End >= SmallInterval;

    private void Prepare(int generation, int number, long length, bool isPrepared)
    {
        try
        {
            var segment = maker.Make(held.Interval, number, length, isPrepared);
            _spare = segment;
            if (generation != Volatile.Read(ref _generation) && Interlocked.CompareExchange(ref _spare, null, segment) == segment)
            {
                Remove(segment);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The writer makes one itself, and then it is known whether that fails.
        }
        finally
        {
            _isSpareOnItsWay = false;
        }
    }

    private void GiveUp(SegmentFile? segment)
    {
        _active = null;
        if (segment is { End: LogFormat.FileHeaderLength })
        {
            Remove(segment);
        }
    }

    private void Remove(SegmentFile segment)
    {
        segment.Dispose();
        LogFiles.TryDelete(seams.Disk, segment.Path);
    }
}
