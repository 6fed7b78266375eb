using System.Text;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>
/// The columns of a row group in memory. Its buffers are made once and used for every row group, so that an export takes the same memory
/// however many events there are, and makes no object for each of them.
/// </summary>
internal sealed class EventColumns
{
    /// <summary>Bytes of payload in a row group, at most; a single larger event still has one to itself.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private readonly KeyText _keyText = new();
    private readonly ReadOnlyMemory<char>[] _keys;
    private readonly char[] _keyChars;
    private readonly DateTime[] _timestamps;
    private readonly bool[] _conflicts;
    private readonly ReadOnlyMemory<byte>[] _texts;
    private readonly int[] _textLevels;
    private readonly List<ReadOnlyMemory<byte>> _binaries = [];
    private readonly int[] _binaryLevels;
    private readonly ReadOnlyMemory<char>[] _topics;
    private readonly int[] _topicLevels;
    private byte[] _textBytes;
    private int _textCount;
    private int _topicCount;
    private int _usedText;
    private int _usedBytes;
    private bool _isFull;

    /// <summary>Makes the buffers.</summary>
    /// <param name="maxEvents">Events of a row group, at most.</param>
    public EventColumns(int maxEvents)
    {
        (_timestamps, _conflicts, _texts) = (new DateTime[maxEvents], new bool[maxEvents], new ReadOnlyMemory<byte>[maxEvents]);
        (_textLevels, _binaryLevels) = (new int[maxEvents], new int[maxEvents]);
        (_topics, _topicLevels) = (new ReadOnlyMemory<char>[maxEvents], new int[maxEvents]);
        _keyChars = new char[maxEvents * EventKey.TextLength];
        _keys = [.. Enumerable.Range(0, maxEvents).Select(i => new ReadOnlyMemory<char>(_keyChars, i * EventKey.TextLength, EventKey.TextLength))];

        // Memory that is never written to is never taken from the system: small events do not pay for the bound.
        _textBytes = GC.AllocateUninitializedArray<byte>(MaxBytes);
    }

    public int Count { get; private set; }

    /// <summary>Whether the next event must go to another row group.</summary>
    public bool IsFull => _isFull || Count == _timestamps.Length;

    /// <summary>Smallest key held.</summary>
    public EventKey First { get; private set; }

    /// <summary>Largest key held.</summary>
    public EventKey Last { get; private set; }

    public ReadOnlyMemory<ReadOnlyMemory<char>> Keys => _keys.AsMemory(0, Count);

    /// <summary>The times of the keys, UTC.</summary>
    public ReadOnlyMemory<DateTime> Timestamps => _timestamps.AsMemory(0, Count);

    /// <summary>Whether other events have the same key.</summary>
    public ReadOnlyMemory<bool> Conflicts => _conflicts.AsMemory(0, Count);

    /// <summary>Events so far whose payload is not JSON that every reader takes; clearing does not forget them.</summary>
    public long NotJson { get; private set; }

    /// <summary>The payloads that are JSON that every reader takes, as UTF-8, without gaps.</summary>
    public ReadOnlyMemory<ReadOnlyMemory<byte>> Texts => _texts.AsMemory(0, _textCount);

    /// <summary>1 where an event has a text, 0 where not.</summary>
    public ReadOnlyMemory<int> TextLevels => _textLevels.AsMemory(0, Count);

    /// <summary>The other payloads, without gaps.</summary>
    public ReadOnlyMemory<ReadOnlyMemory<byte>> Binaries => _binaries.ToArray();

    /// <summary>1 where an event has bytes instead of a text, 0 where not.</summary>
    public ReadOnlyMemory<int> BinaryLevels => _binaryLevels.AsMemory(0, Count);

    /// <summary>The topics of the events that have one, without gaps.</summary>
    public ReadOnlyMemory<ReadOnlyMemory<char>> Topics => _topics.AsMemory(0, _topicCount);

    /// <summary>1 where an event has a topic, 0 where not.</summary>
    public ReadOnlyMemory<int> TopicLevels => _topicLevels.AsMemory(0, Count);

    /// <summary>Takes events of a page until it is full or the page ends.</summary>
    /// <param name="page">The page.</param>
    /// <param name="offset">Where to begin in the page's records.</param>
    /// <param name="index">The place of the event there.</param>
    /// <param name="conflicts">The keys of the page's events in conflict.</param>
    /// <returns>Where to go on.</returns>
    public (int Offset, int Index) Fill(ScanPage page, int offset, int index, IReadOnlySet<EventKey> conflicts)
    {
        var reader = new PackedEventReader(page.Records.Span[offset..]);
        var taken = 0;
        while (!IsFull && reader.MoveNext())
        {
            if (!TryAdd(reader.Current, page.FindUnreadable(reader.Current) is null, page.Topics?.Of(index), conflicts))
            {
                break;
            }

            taken += reader.Current.Size;
            index++;
        }

        return (offset + taken, index);
    }

    /// <summary>Forgets the events, not the buffers.</summary>
    public void Clear()
    {
        (Count, _textCount, _topicCount, _usedText, _usedBytes, _isFull) = (0, 0, 0, 0, 0, false);
        _binaries.Clear();
    }

    private bool TryAdd(PackedEvent e, bool isReadable, Topic? topic, IReadOnlySet<EventKey> conflicts)
    {
        var payload = e.Payload;
        _isFull = Count > 0 && payload.Length > MaxBytes - _usedBytes;
        if (_isFull)
        {
            return false;
        }

        AddKey(e.Key, conflicts);
        AddTopic(topic);
        if (isReadable)
        {
            AddPayload(payload);
        }
        else
        {
            (_textLevels[Count], _binaryLevels[Count]) = (0, 0);
        }

        _usedBytes += payload.Length;
        Count++;
        return true;
    }

    private void AddKey(EventKey key, IReadOnlySet<EventKey> conflicts)
    {
        Span<byte> text = stackalloc byte[EventKey.TextLength];
        _keyText.Write(text, key);
        Encoding.ASCII.GetChars(text, _keyChars.AsSpan(Count * EventKey.TextLength));
        _timestamps[Count] = key.Timestamp.UtcDateTime;
        _conflicts[Count] = conflicts.Count > 0 && conflicts.Contains(key);
        First = Count == 0 ? key : First;
        Last = key;
    }

    private void AddTopic(Topic? topic)
    {
        _topicLevels[Count] = topic is null ? 0 : 1;
        if (topic is { } one)
        {
            _topics[_topicCount++] = one.Value.AsMemory();
        }
    }

    private void AddPayload(ReadOnlySpan<byte> payload)
    {
        var isText = PortableJson.IsPortable(payload);
        (_textLevels[Count], _binaryLevels[Count]) = isText ? (1, 0) : (0, 1);
        if (!isText)
        {
            NotJson++;
            _binaries.Add(payload.ToArray());
            return;
        }

        if (payload.Length > _textBytes.Length)
        {
            _textBytes = GC.AllocateUninitializedArray<byte>(payload.Length);
        }

        payload.CopyTo(_textBytes.AsSpan(_usedText));
        _texts[_textCount++] = _textBytes.AsMemory(_usedText, payload.Length);
        _usedText += payload.Length;
    }
}
