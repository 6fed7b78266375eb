using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Storage.Log;

/// <summary>
/// Puts the records of an interval's segments into its index, in order, and notes where records are missing. Of the last commit, which may never have been
/// answered, only what is whole counts. For one thread.
/// </summary>
/// <param name="held">The interval.</param>
/// <param name="answered">The last commit that is known to be answered.</param>
internal sealed class RecordReplay(OpenInterval held, long answered) : IRecordVisitor
{
    // What a damaged place has lost is told from the records around it; a sentence for each, up to a number.
    private const int MaxGaps = 100;

    private readonly List<(int Number, BlockEntry Entry, BlockHeader? Header, bool IsIntact)> _waiting = [];
    private readonly List<(SegmentFile Segment, long From, long Commit)> _gaps = [];
    private readonly HashSet<UnixMinute> _recount = [];
    private SegmentFile? _segment;
    private long? _gap;
    private LogRecordFlags _lastFlags = LogRecordFlags.Last;

    /// <summary>The last commit that has a record.</summary>
    public long Commit { get; private set; }

    /// <summary>Where the records of the last commit begin, in the last segment that has any.</summary>
    public (SegmentFile Segment, long Offset)? LastCommit { get; private set; }

    /// <summary>Minutes of blocks that were taken out: their buckets are to be recounted.</summary>
    public IReadOnlySet<UnixMinute> ToRecount => _recount;

    /// <summary>Whether the end of what was answered is not there.</summary>
    public bool IsCutOff => answered > Commit || (answered == Commit && answered > 0 && !_lastFlags.HasFlag(LogRecordFlags.Last));

    /// <summary>The damaged places that have held something that was answered.</summary>
    public IEnumerable<(SegmentFile Segment, long From)> Damage =>
        _gaps.Where(gap => gap.Commit < Commit || gap.Commit <= answered).Select(static gap => (gap.Segment, gap.From));

    /// <summary>Goes on from what an index already knows.</summary>
    public void Begin(IndexPosition known) => Commit = known.Commit;

    /// <summary>Reads a segment.</summary>
    /// <param name="segment">The segment.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="end">Where it is known to end; null: where its records do.</param>
    public void Read(SegmentFile segment, long from, long? end)
    {
        _segment = segment;
        var limit = Math.Min(end ?? long.MaxValue, segment.File.Length);
        var reached = new SegmentScan(segment.File, segment.Header.Seed).Run(from, limit, this);
        segment.End = Math.Max(reached, end is { } known && known >= from ? Math.Min(known, limit) : reached);
        if (end > reached)
        {
            _gap ??= reached;
        }
    }

    /// <inheritdoc/>
    public void OnGap(long from, long to) => _gap ??= from;

    /// <inheritdoc/>
    public void OnRecord(FoundRecord found)
    {
        var record = found.Record;
        if (_gap is { } gap)
        {
            Note(gap, record);
        }

        if (record.Commit > Commit)
        {
            // There is a later one: this one was flushed.
            Take();
            Commit = record.Commit;
            LastCommit = (_segment!, found.Offset);
        }

        _lastFlags = record.Flags;
        switch (record.Kind)
        {
            case LogRecordKind.Block:
                AddBlock(found);
                break;
            case LogRecordKind.Removal:
                AddRemoval(record);
                break;
            case LogRecordKind.Promise:
                held.IsPromised = true;
                break;
            default:
                break;
        }
    }

    /// <summary>Nothing comes any more.</summary>
    public void Complete()
    {
        if (_gap is { } gap && _gaps.Count < MaxGaps)
        {
            _gaps.Add((_segment!, gap, _lastFlags.HasFlag(LogRecordFlags.Last) ? Commit + 1 : Commit));
        }

        if (Commit > answered)
        {
            CutTorn();
        }

        Take();
    }

    // Of a commit that was torn, what comes before the tear counts, and the log goes on from there: with later commits behind it, the tear would look like
    // damage.
    private void CutTorn()
    {
        var tears = _gaps.Where(gap => gap.Commit == Commit && gap.Segment == _segment).Select(static gap => gap.From)
            .Concat(_waiting.Where(static block => !block.IsIntact).Select(static block => block.Entry.Offset)).ToList();
        if (_segment is { } segment && tears.Count > 0)
        {
            segment.End = Math.Min(segment.End, tears.Min());
            _waiting.RemoveAll(block => block.Entry.Segment == segment.Number && block.Entry.Offset >= segment.End);
        }
    }

    // The first commit of which something lay in the gap. One that was followed by another had been flushed.
    private void Note(long from, in LogRecord next)
    {
        if (_gaps.Count < MaxGaps)
        {
            _gaps.Add((_segment!, from, !_lastFlags.HasFlag(LogRecordFlags.Last) ? Commit
                : next.Commit > Commit + 1 ? Commit + 1
                : next.Commit));
        }

        _gap = null;
    }

    private void AddBlock(FoundRecord found)
    {
        var (known, _) = held.Index.Find(found.Record.Id);
        var number = known > 0 ? known : checked((int)found.Record.Number);
        var entry = BlockEntry.Of(found.Record, _segment!.Number, found.Offset, isUncounted: !found.IsIntact);
        _waiting.Add((number, entry, found.IsIntact ? HeaderOf(found.Body) : null, found.IsIntact));
    }

    private void AddRemoval(in LogRecord record)
    {
        Take();
        if (held.Index.Find(record.Id) is { Number: > 0 and var number })
        {
            held.Index.Remove(number);
            _recount.Add(record.First.UnixMinute);
        }
    }

    private static BlockHeader? HeaderOf(ReadOnlySpan<byte> body)
    {
        try
        {
            return BlockCodec.DecodeHeader(body);
        }
        catch (BlockFormatException)
        {
            return null;
        }
    }

    private void Take()
    {
        foreach (var (number, entry, header, _) in _waiting)
        {
            if (header is not null && held.Index.Get(number).Exists)
            {
                held.Index.Replace(number, entry, header);
            }
            else
            {
                held.Index.Add([(number, entry, header)]);
            }
        }

        _waiting.Clear();
    }
}
