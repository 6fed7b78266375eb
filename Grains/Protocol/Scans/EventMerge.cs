using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Scans;

/// <summary>
/// Merges the blocks of several peers into events by key, each once: an event that lies in several blocks (a retry, two sources of one copyset)
/// is given once; different payloads or topics under one key are all given, side by side, and named. An event that is late in all of its blocks has the first
/// of their positions. Memory: what was fed and the blocks that overlap.
/// </summary>
/// <remarks>
/// To be driven: while <see cref="Hungry"/> names a source, <see cref="Feed"/> it; then <see cref="Write"/>; until <see cref="IsEnded"/>.
/// A k-way merge (Knuth, The Art of Computer Programming 3, §5.4.1) in two heaps: blocks are opened only once the merge reaches them.
/// </remarks>
internal sealed class EventMerge
{
    private readonly MergeSource[] _sources;
    private readonly EventKey _from;
    private readonly EventKey _to;
    private readonly PriorityQueue<MergeSource, EventKey> _heads = new();
    private readonly PriorityQueue<MergeBlock, EventKey> _open = new();
    private readonly List<MergeBlock> _sameKey = [];
    private readonly Topic? _topic;
    private readonly List<(ReadOnlyMemory<byte> Record, Topic? Topic, EventKey? Arrival)> _distinct = [];

    /// <summary>Starts a merge.</summary>
    /// <param name="sources">How many sources there are.</param>
    /// <param name="from">First key to give.</param>
    /// <param name="to">First key beyond.</param>
    /// <param name="topic">Only blocks of this topic are looked at, whatever the sources give; null: all.</param>
    /// <param name="onBlock">Told of each block that is given; null: not told.</param>
    public EventMerge(int sources, EventKey from, EventKey to, Topic? topic = null, Action<BlockId>? onBlock = null)
    {
        _topic = topic;
        _sources = new MergeSource[sources];
        for (var i = 0; i < sources; i++)
        {
            _sources[i] = new MergeSource(i, onBlock);
        }

        _from = from;
        _to = to;
        IsEnded = sources == 0;
    }

    /// <summary>Whether all events were given.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>A source that must be fed before the merge can go on; null when none must.</summary>
    public int? Hungry
    {
        get
        {
            var index = IsEnded ? -1 : Array.FindIndex(_sources, static s => s.IsHungry);
            return index < 0 ? null : index;
        }
    }

    /// <summary>Gives a source its next blocks: whole blocks, one directly after the other, by first key.</summary>
    /// <param name="source">Its index.</param>
    /// <param name="blocks">The blocks, which must no longer change; may be empty.</param>
    /// <param name="isLast">Whether no more will come.</param>
    /// <exception cref="MergeSourceException">A block is damaged: this source is of no more use.</exception>
    public void Feed(int source, ReadOnlyMemory<byte> blocks, bool isLast)
    {
        _sources[source].Feed(blocks, isLast);
        Queue(_sources[source]);
    }

    /// <summary>Writes events until the page is full, a source is hungry or all were given.</summary>
    /// <exception cref="MergeSourceException">A block is damaged or formed wrongly; what the page has is right.</exception>
    public void Write(EventPageWriter page)
    {
        while (!IsEnded && !page.IsFull && Hungry is null)
        {
            OpenReached();
            if (Hungry is not null)
            {
                return;
            }

            if (!_open.TryDequeue(out var block, out var key) || key >= _to)
            {
                IsEnded = true;
                return;
            }

            var bound = NextKeyAfter();
            if (key < bound)
            {
                block.WriteRun(bound, page);
                Requeue(block);
            }
            else
            {
                WriteSameKey(block, page);
            }
        }
    }

    private void Queue(MergeSource source)
    {
        if (source.Head is { } head)
        {
            _heads.Enqueue(source, head.First);
        }
    }

    /// <summary>Opens every block that begins at or before the smallest open key; with none open, the first one.</summary>
    private void OpenReached()
    {
        while (_heads.TryPeek(out var source, out var first) && (!_open.TryPeek(out _, out var smallest) || first <= smallest))
        {
            _heads.Dequeue();
            Open(source);
            source.MoveNext();
            if (source.IsHungry)
            {
                return;
            }

            Queue(source);
        }
    }

    private void Open(MergeSource source)
    {
        var outline = source.Head!.Value;

        // The copy of a block that is open already would only be compared event by event.
        if (outline.Last < _from || (_topic is not null && outline.Topic != _topic) || IsOpen(outline.Digest))
        {
            return;
        }

        var block = new MergeBlock(source.Index, outline);
        block.SkipTo(_from);
        Requeue(block);
    }

    // By the digest, which covers the id: two blocks that a fault gave one id have events of their own.
    private bool IsOpen(EventDigest digest)
    {
        foreach (var (block, _) in _open.UnorderedItems)
        {
            if (block.Digest == digest)
            {
                return true;
            }
        }

        return false;
    }

    private void Requeue(MergeBlock block)
    {
        if (block.HasCurrent)
        {
            _open.Enqueue(block, block.Key);
        }
    }

    /// <summary>The smallest key that anything but the block in hand can bring next.</summary>
    private EventKey NextKeyAfter()
    {
        var bound = _to;
        if (_open.TryPeek(out _, out var open) && open < bound)
        {
            bound = open;
        }

        return _heads.TryPeek(out _, out var head) && head < bound ? head : bound;
    }

    private void WriteSameKey(MergeBlock first, EventPageWriter page)
    {
        var key = first.Key;
        _sameKey.Add(first);
        while (_open.TryPeek(out var other, out var itsKey) && itsKey == key)
        {
            _sameKey.Add(_open.Dequeue());
        }

        foreach (var block in _sameKey)
        {
            AddDistinct(block.Record, block.Topic, block.Arrival);
            block.Advance();
            Requeue(block);
        }

        _sameKey.Clear();
        WriteDistinct(key, page);
    }

    private void AddDistinct(ReadOnlyMemory<byte> record, Topic? topic, EventKey? arrival)
    {
        for (var i = 0; i < _distinct.Count; i++)
        {
            var known = _distinct[i];
            if (known.Topic == topic && known.Record.Span.SequenceEqual(record.Span))
            {
                _distinct[i] = known with { Arrival = known.Arrival is { } one && arrival is { } other ? PageArrivals.First(one, other) : null };
                return;
            }
        }

        _distinct.Add((record, topic, arrival));
    }

    private void WriteDistinct(EventKey key, EventPageWriter page)
    {
        if (_distinct.Count > 1)
        {
            // In one fixed order, so that every merge gives the same.
            _distinct.Sort(static (a, b) =>
                a.Record.Span.SequenceCompareTo(b.Record.Span) is not 0 and var order ? order : (a.Topic ?? default).CompareTo(b.Topic ?? default));
            page.Conflicts.Add(key);
        }

        foreach (var (record, topic, arrival) in _distinct)
        {
            page.Add(record.Span, 1, key, topic, arrival);
        }

        _distinct.Clear();
    }
}
