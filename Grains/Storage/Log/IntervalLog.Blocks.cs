using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

// The blocks of one commit: new, held already, or in conflict.
internal sealed partial class IntervalLog
{
    private readonly List<(PendingRecord Pending, Block Block, int Number)> _new = [];
    private readonly List<(PendingRecord Pending, Block Block, int Number)> _mended = [];
    private readonly Dictionary<BlockId, Block> _ids = [];
    private readonly HashSet<UnixMinute> _minutes = [];
    private EventKey _lastPending;

    /// <summary>What the last commit stored.</summary>
    public ContentSum Stored { get; private set; }

    /// <summary>Minutes that the last commit stored something in.</summary>
    public IReadOnlyCollection<UnixMinute> ChangedMinutes => _minutes;

    /// <summary>Writes blocks in one commit; they are flushed when this returns.</summary>
    public AppendReply[] Commit(IReadOnlyList<Delivery> deliveries)
    {
        Clear();
        var (replies, next) = (new AppendReply[deliveries.Count], _held.Index.Count);
        for (var i = 0; i < replies.Length; i++)
        {
            replies[i] = Take(deliveries[i], next + _new.Count + 1);
        }

        if (_new.Count + _mended.Count > 0)
        {
            Write();
        }

        _search.Forget();
        return replies;
    }

    private void Clear()
    {
        _new.Clear();
        _mended.Clear();
        _ids.Clear();
        _minutes.Clear();
        _lastPending = default;
        Stored = default;
    }

    private AppendReply Take(Delivery delivery, int number)
    {
        var (block, header) = (delivery.Block, delivery.Block.Header);
        if (_ids.TryGetValue(header.Id, out var pending))
        {
            return pending.Bytes.Bytes.AsSpan().SequenceEqual(block.Bytes.Bytes) ? AppendReply.AlreadyStored : RefuseId(header.Id);
        }

        var (known, entry) = _held.Index.Find(header.Id);
        if (known > 0)
        {
            return ResolveDuplicate(block, known, entry);
        }

        // If the same block comes again, it is recognized as such, not as a conflict with itself or with another copy. Blocks from repair are held
        // elsewhere: both copies of a conflict are kept.
        if (header.HasSuppliedKeys && !delivery.IsRepair && FindConflict(block) is { } conflict)
        {
            return new AppendReply(AppendStatus.Conflict, $"Key {conflict.Key} is held with other bytes.", conflict);
        }

        _ids.Add(header.Id, block);
        _new.Add((Record(block, number), block, number));
        _minutes.Add(header.UnixMinute);
        _lastPending = header.LastKey > _lastPending ? header.LastKey : _lastPending;
        return AppendReply.Stored;
    }

    private static PendingRecord Record(Block block, int number) =>
        new(LogRecord.Of(block.Header, block.Bytes.Bytes.Length, number), block.Bytes.Bytes);

    private AppendReply ResolveDuplicate(Block block, int number, in BlockEntry entry)
    {
        var (header, stored) = (block.Header, new byte[entry.Length]);
        var bytesAreSame = _held.Read(entry, stored) is null && stored.AsSpan().SequenceEqual(block.Bytes.Bytes);
        var digestIsSame = entry.Digest == header.BlockDigest;
        var columnsAreSame = digestIsSame && entry.Bucket == header.BucketId && entry.Events == header.EventCount;
        if (bytesAreSame && columnsAreSame && !_setting.Diagnostics.Known.Contains(header.Id))
        {
            return AppendReply.AlreadyStored;
        }

        if (!bytesAreSame && !digestIsSame)
        {
            return RefuseId(header.Id);
        }

        _ids.Add(header.Id, block);
        _mended.Add((Record(block, number), block, number));
        return AppendReply.Stored;
    }

    private AppendReply RefuseId(BlockId id)
    {
        _setting.Diagnostics.OnIdHeldWithOtherBytes(id);
        return new AppendReply(AppendStatus.Invalid, $"Block {id} is held with other bytes; an id is never used twice.");
    }

    private KeyConflict? FindConflict(Block block)
    {
        // Imports come in key order, mostly where nothing is stored yet: one look-up saves one for each key.
        var pending = block.Header.FirstKey > _lastPending ? [] : FindPending(block.Header.FirstKey, block.Header.LastKey);
        if (pending.Count == 0 && !_search.AnyWithin(_held, block.Header.FirstKey, block.Header.LastKey))
        {
            return null;
        }

        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            var offered = reader.Current.Digest;

            // What lies in a damaged block cannot be compared. Refusing would stop every put near it; if the bytes do differ, the other
            // members, whose copies are intact, answer with the conflict, or it surfaces when the copies meet.
            var held = _search.Find(_held, reader.Current.Key, static (_, found) => found.Digest);
            held.AddRange(pending.GetValueOrDefault(reader.Current.Key, []));
            if (held.Count > 0 && !held.Contains(offered))
            {
                return new KeyConflict(reader.Current.Key, held[0], offered);
            }
        }

        return null;
    }

    // What the blocks before it in the same commit have of its span.
    private Dictionary<EventKey, List<EventDigest>> FindPending(EventKey first, EventKey last)
    {
        var digests = new Dictionary<EventKey, List<EventDigest>>();
        foreach (var (_, block, _) in _new.Where(b => b.Block.Header.FirstKey <= last && b.Block.Header.LastKey >= first))
        {
            for (var reader = block.GetReader(); reader.MoveNext();)
            {
                if (!digests.TryGetValue(reader.Current.Key, out var same))
                {
                    digests.Add(reader.Current.Key, same = []);
                }

                same.Add(reader.Current.Digest);
            }
        }

        return digests;
    }

    private void Write()
    {
        var placed = _appender.Append([.. _new.Select(static b => b.Pending), .. _mended.Select(static b => b.Pending)]);

        // Only now that they are flushed: a reader believes what is in the index.
        _held.Index.Add(_new.Select((b, i) =>
            (b.Number, BlockEntry.Of(b.Pending.Record, placed.Segment, placed.Offsets[i], isUncounted: false), (BlockHeader?)b.Block.Header)));
        for (var i = 0; i < _mended.Count; i++)
        {
            var (pending, block, number) = _mended[i];
            _held.Index.Replace(
                number, BlockEntry.Of(pending.Record, placed.Segment, placed.Offsets[_new.Count + i], isUncounted: false), block.Header);
            _setting.Diagnostics.OnCopyMended(block.Header.Id);
        }

        NoteUnclean();
        Stored = new ContentSum(_new.Count, _new.Sum(static b => (long)b.Block.Header.EventCount), default);
        _new.ForEach(b => _setting.Diagnostics.Known.Remove(b.Block.Header.Id));
    }
}
