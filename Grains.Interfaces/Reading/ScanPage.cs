using System.Buffers;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Reading;

/// <summary>Some events of a scan, and the doubts found with them. A key's payloads in conflict are never separated.</summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = false), Immutable, Alias("AllData.ScanPage")]
public sealed class ScanPage
{
    [Id(0)]
    private readonly byte[] _records;

    /// <summary>
    /// Wraps packed records, strictly ascending by key except for conflicts; of a reader that follows, strictly ascending by position
    /// (<see cref="ScannedEvent.Position"/>).
    /// </summary>
    public ScanPage(
        byte[] records, int count, EventKey? lastKey, ImmutableArray<EventKey> conflicts, ImmutableArray<ScanDoubt> doubts, bool isLast)
    {
        _records = records;
        Count = count;
        LastKey = lastKey;
        Conflicts = conflicts;
        Doubts = doubts;
        IsLast = isLast;
    }

    /// <summary>Number of events.</summary>
    [Id(1)]
    public int Count { get; }

    /// <summary>Keys of this page that have several payloads: all are given, none is preferred.</summary>
    [Id(2)]
    public ImmutableArray<EventKey> Conflicts { get; }

    /// <summary>Doubts found with this page.</summary>
    [Id(3)]
    public ImmutableArray<ScanDoubt> Doubts { get; }

    /// <summary>Whether the range (or the limit) ends here.</summary>
    [Id(4)]
    public bool IsLast { get; private set; }

    /// <summary>Key of the last event; null if there is none.</summary>
    [Id(5)]
    public EventKey? LastKey { get; }

    /// <summary>
    /// At this key or after it events may still appear, whatever was read of the range; null when that is not known. The same on every page.
    /// </summary>
    [Id(6)]
    public EventKey? UnsafeFrom { get; init; }

    /// <summary>The events of this page whose payload cannot be read, ascending by key: their records have no payload.</summary>
    [Id(7)]
    public ImmutableArray<UnreadablePayload> Unreadable { get; init; } = [];

    /// <summary>The topics of the events; null: none has one.</summary>
    [Id(8)]
    public PageTopics? Topics { get; init; }

    /// <summary>
    /// For each event its position, if it is late (<see cref="ScannedEvent.LateAt"/>), otherwise <c>default</c>; empty: none is late. Only of readers that
    /// follow.
    /// </summary>
    [Id(11)]
    public ImmutableArray<EventKey> Arrivals
    {
        // An older silo sends none, and what is not sent is not even empty.
        get => field.IsDefault ? [] : field;
        init;
    } = [];

    /// <summary>Where a reader that follows is after the first event, or null.</summary>
    internal EventKey? FirstPosition
    {
        get
        {
            var reader = GetReader();
            return reader.MoveNext() ? PositionOf(0, reader.Current.Key) : null;
        }
    }

    /// <summary>Where a reader that follows is after the last event, or null.</summary>
    public EventKey? LastPosition => LastKey is { } last ? PositionOf(Count - 1, last) : null;

    /// <summary>Whether the payloads are as they are stored (<see cref="ScanRange.AsStored"/>); an older silo gives them as they were put.</summary>
    [Id(12)]
    internal bool IsAsStored { get; init; }

    /// <summary>The store that answers; null where it is not known.</summary>
    [Id(10)]
    public Guid? Store { get; private set; }

    /// <summary>The packed records (<see cref="PackedEvent"/>).</summary>
    public ReadOnlyMemory<byte> Records => _records;

    /// <summary>The same page with the store that answers.</summary>
    public ScanPage From(Guid? store)
    {
        var copy = (ScanPage)MemberwiseClone();
        copy.Store = store;
        return copy;
    }

    /// <summary>The events, one by one.</summary>
    public IEnumerable<ScannedEvent> Unpack()
    {
        var offset = 0;
        for (var i = 0; offset < _records.Length; i++)
        {
            yield return Read(ref offset) with { Topic = Topics?.Of(i), LateAt = LateAt(i) };
        }
    }

    /// <summary>Where a reader that follows is after an event.</summary>
    /// <param name="index">Its place in the page.</param>
    /// <param name="key">Its key.</param>
    public EventKey PositionOf(int index, EventKey key) => LateAt(index) ?? key;

    /// <summary>The position of an event that is late; null where it is not.</summary>
    /// <param name="index">Its place in the page.</param>
    internal EventKey? LateAt(int index) => Arrivals is { IsEmpty: false } arrivals && arrivals[index] > default(EventKey) ? arrivals[index] : null;

    /// <summary>The events between two positions (without late events: keys); null when there are none.</summary>
    /// <param name="after">Only greater ones; null: all.</param>
    /// <param name="upTo">No greater ones; null: all.</param>
    internal ScanPage? Cut(EventKey? after, EventKey? upTo)
    {
        var (begin, end, count, last, passed) = (0, 0, 0, default(EventKey), 0);
        var keys = Conflicts.IsDefaultOrEmpty && Unreadable.IsDefaultOrEmpty ? null : new HashSet<EventKey>();
        for (var reader = GetReader(); reader.MoveNext();)
        {
            var position = PositionOf(passed + count, reader.Current.Key);
            if (position > upTo)
            {
                break;
            }

            if (position <= after)
            {
                passed++;
            }
            else
            {
                begin = count++ == 0 ? reader.Offset : begin;
                (end, last) = (reader.Offset + reader.Current.Size, reader.Current.Key);
                keys?.Add(last);
            }
        }

        return count == 0 ? null : new ScanPage(
            _records[begin..end], count, last, keys is null ? [] : [.. Conflicts.Where(keys.Contains)], [], isLast: false)
        {
            Unreadable = keys is null || Unreadable.IsDefault ? [] : [.. Unreadable.Where(u => keys.Contains(u.Key))],
            Topics = Topics?.Cut(passed, count),
            Arrivals = Arrivals.IsEmpty ? [] : Arrivals.Slice(passed, count),
        };
    }

    /// <summary>Some of the events; null when there are none.</summary>
    /// <param name="isWanted">Whether it takes the event under a key: asked once for each event, in their order.</param>
    internal ScanPage? Where(Func<EventKey, bool> isWanted)
    {
        var (wanted, count, last, used) = (default(byte[]), 0, default(EventKey), 0);
        var taken = new List<int>(Topics is null && Arrivals.IsEmpty ? 0 : Count);
        var keys = Conflicts.IsDefaultOrEmpty && Unreadable.IsDefaultOrEmpty ? null : new HashSet<EventKey>();
        var index = -1;
        for (var reader = GetReader(); reader.MoveNext();)
        {
            var (key, begin, end) = (reader.Current.Key, reader.Offset, reader.Offset + reader.Current.Size);
            index++;
            if (!isWanted(key))
            {
                // The first that is left out: until here all are taken, and nothing was copied.
                wanted ??= CopyOf(begin);
                continue;
            }

            if (wanted is not null)
            {
                _records.AsSpan(begin..end).CopyTo(wanted.AsSpan(used));
            }

            (used, count, last) = (used + end - begin, count + 1, key);
            keys?.Add(key);
            if (Topics is not null || !Arrivals.IsEmpty)
            {
                taken.Add(index);
            }
        }

        return wanted is null ? this : count == 0 ? null : new ScanPage(
            wanted[..used], count, last, keys is null ? [] : [.. Conflicts.Where(keys.Contains)], [], isLast: false)
        {
            Unreadable = keys is null || Unreadable.IsDefault ? [] : [.. Unreadable.Where(u => keys.Contains(u.Key))],
            Topics = Topics?.Pick(taken),
            Arrivals = Arrivals.IsEmpty ? [] : [.. taken.Select(i => Arrivals[i])],
        };
    }

    private byte[] CopyOf(int length)
    {
        var copy = new byte[_records.Length];
        _records.AsSpan(0, length).CopyTo(copy);
        return copy;
    }

    /// <summary>Refuses events of a silo that knows no topics, where those of one were requested.</summary>
    /// <exception cref="Errors.TopicsNotReadException">It does not.</exception>
    internal void ThrowIfNotOf(Topic? topic)
    {
        if (topic is not null && Count > 0 && Topics is null)
        {
            throw new Errors.TopicsNotReadException();
        }
    }

    /// <summary>The events of a topic, or, where that is null, those that have none; null when there are none. Payloads are copied and not looked at.</summary>
    internal ScanPage? Only(Topic? wanted)
    {
        if (wanted is not { } topic)
        {
            var index = 0;
            return Topics is { } all ? Where(_ => all.Of(index++) is null) : this;
        }

        if (Topics is not { } topics || !topics.Names.Contains(topic))
        {
            return null;
        }

        if (topics.Names.Length == 1 && topics.IsAll(topic))
        {
            return this;
        }

        var (records, keys, last) = (new ArrayBufferWriter<byte>(), new HashSet<EventKey>(), default(EventKey));
        var arrivals = new List<EventKey>();
        var reader = GetReader();
        var count = 0;
        for (var i = 0; reader.MoveNext(); i++)
        {
            if (topics.Of(i) == topic)
            {
                records.Write(_records.AsSpan(reader.Offset, reader.Current.Size));
                keys.Add(last = reader.Current.Key);
                arrivals.Add(LateAt(i) ?? default);
                count++;
            }
        }

        var own = new PageTopicsBuilder();
        own.Add(topic, count);
        return count == 0 ? null : new ScanPage(records.WrittenSpan.ToArray(), count, last, [.. Conflicts.Where(keys.Contains)], [], isLast: false)
        {
            Unreadable = Unreadable.IsDefault ? [] : [.. Unreadable.Where(u => keys.Contains(u.Key))],
            Topics = own.Result,
            Arrivals = Arrivals.IsEmpty ? [] : [.. arrivals],
        };
    }

    /// <summary>The same page where others follow.</summary>
    internal ScanPage BeforeOthers()
    {
        if (!IsLast)
        {
            return this;
        }

        var copy = (ScanPage)MemberwiseClone();
        copy.IsLast = false;
        return copy;
    }

    /// <summary>The same page without the events that are late.</summary>
    internal ScanPage WithoutLate()
    {
        if (Arrivals.IsEmpty)
        {
            return this;
        }

        var index = 0;
        var rest = Where(_ => LateAt(index++) is null);
        return new ScanPage(rest?._records ?? [], rest?.Count ?? 0, rest?.LastKey, rest?.Conflicts ?? [], Doubts, IsLast)
        {
            UnsafeFrom = UnsafeFrom,
            Unreadable = rest?.Unreadable ?? [],
            Topics = rest?.Topics,
        };
    }

    /// <summary>Walks the events.</summary>
    public PackedEventReader GetReader() => new(_records);

    private ScannedEvent Read(ref int offset)
    {
        var reader = new PackedEventReader(_records.AsSpan(offset));
        reader.MoveNext();
        var (key, size, unreadable) = (reader.Current.Key, reader.Current.Size, FindUnreadable(reader.Current));
        var payload = _records.AsMemory(offset + PackedEvent.Overhead, size - PackedEvent.Overhead);
        offset += size;
        return new ScannedEvent(key, payload, Conflicts.Length > 0 && Conflicts.Contains(key)) { Unreadable = unreadable };
    }

    /// <summary>Why the payload of an event of this page cannot be read; null where it can.</summary>
    public UnreadablePayload? FindUnreadable(PackedEvent e)
    {
        // An event that was put has at least one byte.
        if (Unreadable.IsDefaultOrEmpty || !e.Payload.IsEmpty)
        {
            return null;
        }

        var (low, high) = (0, Unreadable.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = Unreadable[middle].Key < e.Key ? (middle + 1, high) : (low, middle);
        }

        return Unreadable[low].Key == e.Key ? Unreadable[low] : null;
    }
}

/// <summary>A doubt of a scan: events may be missing from this range.</summary>
/// <param name="From">First key concerned.</param>
/// <param name="To">First key beyond.</param>
/// <param name="Peer">The peer that must answer, or be repaired, to be certain; not set where a cluster as a whole must answer.</param>
/// <param name="Reason">A sentence.</param>
[GenerateSerializer, Immutable, Alias("AllData.ScanDoubt")]
public sealed record ScanDoubt(
    [property: Id(0)] EventKey From, [property: Id(1)] EventKey To, [property: Id(2)] PeerId Peer, [property: Id(3)] string Reason)
{
    /// <summary>
    /// The other cluster of the store that the peer is of, or that must answer as a whole; null where it is the cluster that was asked (without a peer: its
    /// registry must answer).
    /// </summary>
    [Id(4)]
    public string? Cluster { get; init; }
}

/// <summary>What is known at the end of a scan.</summary>
/// <param name="Events">Events given.</param>
/// <param name="Conflicts">Keys with several payloads.</param>
/// <param name="Doubts">Empty: every registered peer has answered and nothing is missing. Otherwise which peers or clusters must answer, and where.</param>
[GenerateSerializer, Immutable, Alias("AllData.ScanOutcome")]
public sealed record ScanOutcome([property: Id(0)] long Events, [property: Id(1)] long Conflicts, [property: Id(2)] ImmutableArray<ScanDoubt> Doubts)
{
    /// <summary>
    /// Up to and including this key, the scan has given everything in its range, and nothing more can appear there: no put that was acknowledged or
    /// is pending. Null if that is not true of any key in the range. To follow new events, continue with <see cref="ScanRange.After"/> set to this
    /// key, or to its former value if this is null; the events given beyond it are then given again. Later puts under given keys (imports, retries of
    /// old puts) may still appear below it: late events, which readers that follow are given. Always null for the peers of one cluster of several: what another
    /// one has acknowledged may come there later.
    /// </summary>
    [Id(3)]
    public EventKey? SafeUpTo { get; init; }

    /// <summary>Whose copies were read.</summary>
    [Id(4)]
    public ScanScope Scope { get; init; }

    /// <summary>Events given without their payload, because it cannot be read. They are there, so that the scan is complete all the same.</summary>
    [Id(5)]
    public long Unreadable { get; init; }

    /// <summary>
    /// Whether everything that was ever acknowledged in the range was given; if a limit ended the scan, up to the last key. With
    /// <see cref="ScanScope.Cluster"/>, everything that the cluster's peers hold.
    /// </summary>
    public bool IsComplete => Doubts.IsEmpty;
}
