using System.Runtime.InteropServices;
using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Scans;

/// <summary>Gathers the positions of the late events of a page. Costs nothing as long as none is late.</summary>
internal sealed class PageArrivals
{
    private readonly List<EventKey> _of = [];
    private int _count;

    /// <summary>For each event its position, if it is late, otherwise <c>default</c>; empty: none is late.</summary>
    public ReadOnlySpan<EventKey> Result
    {
        get
        {
            if (_of.Count > 0)
            {
                Fill();
            }

            return CollectionsMarshal.AsSpan(_of);
        }
    }

    /// <summary>Adds events.</summary>
    /// <param name="arrival">The position of the first, if they are late; the others follow directly.</param>
    /// <param name="count">How many.</param>
    public void Add(EventKey? arrival, int count)
    {
        if (arrival is { } first && count > 0)
        {
            Fill();
            for (var i = 0; i < count; i++)
            {
                _of.Add(ArrivalKeys.At(first, i));
            }
        }

        _count += count;
    }

    /// <summary>
    /// An event that was added has come once more: it stands where it came first. Where one of its blocks is not of late events, that is its key.
    /// </summary>
    public void Meet(int index, EventKey? arrival)
    {
        if (index < _of.Count)
        {
            _of[index] = First(_of[index], arrival ?? default);
        }
    }

    /// <summary>The first of two positions of an event, <c>default</c> if one of them is its key.</summary>
    public static EventKey First(EventKey one, EventKey other) => one < other ? one : other;

    /// <summary>Begins the next page.</summary>
    public void Clear()
    {
        _of.Clear();
        _count = 0;
    }

    // The events since the last one that was late, or since the beginning.
    private void Fill() => _of.AddRange(Enumerable.Repeat(default(EventKey), _count - _of.Count));
}
