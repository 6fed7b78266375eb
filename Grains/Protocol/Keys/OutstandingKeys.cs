using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Keys;

/// <summary>
/// The keys that this coordinator has handed out and not yet acknowledged, reservation by reservation: an event may still appear under each, until the
/// key is too old to come back as fresh (<see cref="ReservedKeys.MaxAge"/>). Safe for several threads.
/// </summary>
/// <param name="mostRuns">Reservations that are kept apart, at least 1; beyond that, neighbours are merged.</param>
internal sealed class OutstandingKeys(int mostRuns = OutstandingKeys.DefaultMostRuns)
{
    /// <summary>Reservations that are kept apart, by default.</summary>
    public const int DefaultMostRuns = 1 << 16;

    /// <summary>
    /// How long after its time a key counts, milliseconds: a put that was let in as fresh at the last moment is in flight itself by then.
    /// </summary>
    public const long HoldAge = ReservedKeys.MaxAge + 5_000;

    private readonly Lock _gate = new();
    private readonly List<Run> _runs = [];
    private int _first;
    private long _latest;

    /// <summary>Keys were handed out, all greater than those before.</summary>
    /// <param name="keys">The keys, ascending, at least one.</param>
    public void OnIssued(ReadOnlySpan<EventKey> keys)
    {
        lock (_gate)
        {
            if (_runs.Count - _first >= mostRuns)
            {
                _runs[^1].Last = keys[^1];
                _runs[^1].Outstanding += keys.Length;
                return;
            }

            _runs.Add(new Run(keys[0], keys[^1], keys.Length));
            DropAcknowledged();
        }
    }

    /// <summary>Events were acknowledged; those under keys that were not handed out here do not matter.</summary>
    /// <param name="events">Events of a block, ascending by key.</param>
    public void OnAcknowledged(ReadOnlySpan<KeyedEvent> events)
    {
        Run? run = null;
        lock (_gate)
        {
            for (var i = 0; _first < _runs.Count && i < events.Length; i++)
            {
                run = Settle(events[i].Key, run);
            }
        }
    }

    /// <summary>Keys that were handed out here will not be used.</summary>
    /// <param name="keys">The keys, each once; best ascending.</param>
    public void OnReleased(ReadOnlySpan<EventKey> keys)
    {
        Run? run = null;
        lock (_gate)
        {
            foreach (var key in keys)
            {
                run = Settle(key, run);
            }
        }
    }

    /// <summary>A lower bound of all outstanding keys; null when there are none.</summary>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    public EventKey? Lowest(long now)
    {
        lock (_gate)
        {
            _latest = Math.Max(_latest, now);
            while (_first < _runs.Count && (_runs[_first].Outstanding <= 0 || _runs[_first].Last.UnixMilliseconds <= now - HoldAge))
            {
                _first++;
            }

            Trim();
            return _first < _runs.Count ? _runs[_first].First : null;
        }
    }

    /// <summary>
    /// The time by which to judge whether a key may still come back as fresh: the clock, or, where that was set back, the latest time by which keys were let
    /// go of. A key that no longer counts here must not be written as a fresh one.
    /// </summary>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    public long TimeOf(long now)
    {
        lock (_gate)
        {
            return Math.Max(_latest, now);
        }
    }

    private Run? Settle(EventKey key, Run? likely)
    {
        var run = likely is not null && key >= likely.First && key <= likely.Last ? likely : key.IsReserved ? Find(key) : null;
        if (run is not null && key.IsReserved)
        {
            run.Outstanding--;
        }

        return run;
    }

    private Run? Find(EventKey key)
    {
        var (low, high) = (_first, _runs.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var run = _runs[middle];
            if (key < run.First)
            {
                high = middle - 1;
            }
            else if (key > run.Last)
            {
                low = middle + 1;
            }
            else
            {
                return run;
            }
        }

        return null;
    }

    private void DropAcknowledged()
    {
        while (_first < _runs.Count && _runs[_first].Outstanding <= 0)
        {
            _first++;
        }

        Trim();
    }

    // In one go: taking them off one by one would move the whole list each time.
    private void Trim()
    {
        if (_first > 1_024 && _first * 2 > _runs.Count)
        {
            _runs.RemoveRange(0, _first);
            _first = 0;
        }
    }

    private sealed class Run(EventKey first, EventKey last, int outstanding)
    {
        public EventKey First { get; } = first;

        public EventKey Last { get; set; } = last;

        public int Outstanding { get; set; } = outstanding;
    }
}
