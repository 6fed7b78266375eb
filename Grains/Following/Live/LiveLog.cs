using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using AllData.Events;
using AllData.Reading;

namespace AllData.Following.Live;

/// <summary>
/// What was acknowledged lately, in the order in which the silo heard of it, and which of it had been given when it became safe: so each reader is given each
/// event once, and keeps no keys. Not for several threads, where it does not say otherwise.
/// </summary>
/// <param name="maxBytes">Bytes of records that are kept; the newest page is kept whatever its size.</param>
/// <param name="maxKeys">Keys beyond the safe point that are kept.</param>
internal sealed class LiveLog(long maxBytes, int maxKeys = KeysBeyond.MostKeys)
{
    private readonly KeysBeyond _keys = new(maxKeys);
    private readonly List<ScanPage?> _pages = [];

    // As long as the pages live: with what is left of them, as much memory again as they take, at most.
    private readonly ConditionalWeakTable<ScanPage, LiveMarks> _marks = [];
    private long _bytes;

    // Of the first page of the list, which may have been forgotten. A turn is never 0: that stands for an event that was not given.
    private long _listedTurn = 1;
    private int _forgotten;

    /// <summary>The turn of the page that comes next.</summary>
    public long NextTurn => _listedTurn + _pages.Count;

    private long FirstTurn => _listedTurn + _forgotten;

    /// <summary>Adds events, ascending by key, as far as none of them was given or is safe.</summary>
    /// <returns>Events for which there was no room.</returns>
    public int Append(ScanPage page)
    {
        var (turn, left) = (NextTurn, 0);
        var given = page.Where(key =>
        {
            var isNew = _keys.TryAdd(key, turn);
            left += isNew || _keys.Has(key) ? 0 : 1;
            return isNew;
        });
        if (given is not null)
        {
            _pages.Add(given);
            _bytes += given.Records.Length;
            Forget();
        }

        return left;
    }

    /// <summary>Takes the next events for a reader.</summary>
    /// <param name="cursor">What the reader has got; it moves on.</param>
    /// <param name="position">Everything up to here it has got in order.</param>
    /// <param name="events">The events, ascending by key.</param>
    public bool TryTake(LiveCursor cursor, EventKey position, [NotNullWhen(true)] out ScanPage? events)
    {
        if (cursor.Next < FirstTurn)
        {
            cursor.Skip(FirstTurn);
        }

        events = null;
        while (events is null && cursor.Next < NextTurn)
        {
            var page = _pages[(int)(cursor.Next - _listedTurn)]!;
            cursor.Take();
            events = FirstKeyOf(page) > position ? page : page.Cut(position, upTo: null);
        }

        return events is not null;
    }

    /// <summary>Events have become safe: keeps in mind which of them were given, and gives nothing more up to there.</summary>
    /// <param name="events">The events; null when there are none.</param>
    /// <param name="upTo">Up to where.</param>
    public void Pass(ScanPage? events, EventKey upTo)
    {
        if (events is not null)
        {
            _marks.AddOrUpdate(events, Mark(events));
        }

        _keys.Pass(upTo);
    }

    /// <summary>The events that have become safe which a reader has not got. For several threads, each with a cursor of its own.</summary>
    /// <param name="cursor">What the reader has got.</param>
    /// <param name="events">The events as they were passed.</param>
    /// <param name="rest">Those that the reader has not got; null when there are none.</param>
    /// <returns>False: it is not known which the reader has got.</returns>
    public bool TryRest(LiveCursor cursor, ScanPage events, out ScanPage? rest)
    {
        var isKnown = _marks.TryGetValue(events, out var marks);
        rest = isKnown ? marks!.RestFor(cursor, events) : events;
        return isKnown || !cursor.HasAny;
    }

    /// <summary>Forgets everything: there are no readers.</summary>
    public void Clear()
    {
        _listedTurn = NextTurn;
        _pages.Clear();
        _keys.Clear();
        (_bytes, _forgotten) = (0, 0);
    }

    private static EventKey FirstKeyOf(ScanPage page)
    {
        var reader = page.GetReader();
        reader.MoveNext();
        return reader.Current.Key;
    }

    private void Forget()
    {
        while (_bytes > maxBytes && _forgotten < _pages.Count - 1)
        {
            _bytes -= _pages[_forgotten]!.Records.Length;
            _pages[_forgotten++] = null;
        }

        if (_forgotten > 64 && _forgotten * 2 > _pages.Count)
        {
            _pages.RemoveRange(0, _forgotten);
            (_listedTurn, _forgotten) = (FirstTurn, 0);
        }
    }

    private LiveMarks Mark(ScanPage events)
    {
        var (turns, index, first, last) = (new long[events.Count], 0, 0L, 0L);
        for (var reader = events.GetReader(); reader.MoveNext(); index++)
        {
            // Of events in conflict only one may have been given: all of them come together, once more.
            if (_keys.TryFind(reader.Current.Key, out var turn) && !(events.Conflicts.Length > 0 && events.Conflicts.Contains(reader.Current.Key)))
            {
                turns[index] = turn;
                (first, last) = (first == 0 || turn < first ? turn : first, Math.Max(last, turn));
            }
        }

        var next = 0;
        return new LiveMarks(first, last, turns, first == 0 ? events : events.Where(_ => turns[next++] == 0));
    }
}
