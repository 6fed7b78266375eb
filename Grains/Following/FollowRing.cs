using AllData.Events;
using AllData.Reading;

namespace AllData.Following;

/// <summary>The last pages that became safe, without a gap between them. Not safe for several threads.</summary>
/// <param name="maxBytes">Bytes of records that are kept; the newest page is kept whatever its size.</param>
internal sealed class FollowRing(long maxBytes)
{
    private readonly List<Entry> _entries = [];
    private int _first;
    private long _bytes;

    /// <summary>Pages are there for readers at this position or after it; null while it is empty.</summary>
    public EventKey? Begin { get; private set; }

    /// <summary>The end of the last page; null while it is empty.</summary>
    public EventKey? End { get; private set; }

    /// <summary>Where <see cref="Begin"/> is when the oldest page is forgotten.</summary>
    public EventKey? BeginNext => _first < _entries.Count ? _entries[_first].UpTo : null;

    /// <summary>Whether the oldest page is forgotten when another one of this size comes.</summary>
    public bool IsFullFor(long bytes) => _first < _entries.Count && _bytes + bytes > maxBytes;

    /// <summary>Begins at a position, with no page.</summary>
    public void Start(EventKey position)
    {
        Clear();
        (Begin, End) = (position, position);
    }

    /// <summary>Adds what has become safe.</summary>
    /// <param name="events">The events; null when there are none.</param>
    /// <param name="upTo">Up to where, not below <see cref="End"/>.</param>
    public void Append(ScanPage? events, EventKey upTo)
    {
        if (events is null && _first < _entries.Count)
        {
            // A store at rest gives nothing, four times a second.
            _entries[^1] = _entries[^1] with { UpTo = upTo };
        }
        else
        {
            _entries.Add(new Entry(End!.Value, upTo, events));
            _bytes += events?.Records.Length ?? 0;
        }

        End = upTo;
        while (_bytes > maxBytes && _first < _entries.Count - 1)
        {
            _bytes -= _entries[_first].Events?.Records.Length ?? 0;
            _entries[_first] = default;
            Begin = _entries[++_first].After;
        }

        if (_first > 64 && _first * 2 > _entries.Count)
        {
            _entries.RemoveRange(0, _first);
            _first = 0;
        }
    }

    /// <summary>What comes after a position: the rest of a page.</summary>
    /// <param name="position">Where a reader is.</param>
    /// <returns>The events, which may be null, and where they end; null when the position is outside the ring or at its end.</returns>
    public (ScanPage? Events, EventKey UpTo)? Find(EventKey position)
    {
        if (!(position >= Begin) || !(position < End))
        {
            return null;
        }

        var (low, high) = (_first, _entries.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = _entries[middle].After <= position ? (middle, high) : (low, middle - 1);
        }

        var entry = _entries[low];
        var rest = position == entry.After ? entry.Events : position >= entry.Events?.LastPosition ? null : entry.Events?.Cut(position, upTo: null);
        return (rest, entry.UpTo);
    }

    /// <summary>Forgets all pages.</summary>
    public void Clear()
    {
        _entries.Clear();
        (_first, _bytes, Begin, End) = (0, 0, null, null);
    }

    private readonly record struct Entry(EventKey After, EventKey UpTo, ScanPage? Events);
}
