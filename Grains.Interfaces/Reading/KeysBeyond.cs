using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// The keys beyond the safe point under which events were given, so that each is given once. Bounded: when it is full, nothing more is added until the
/// safe point goes on. Not for several threads.
/// </summary>
/// <param name="maxKeys">Keys that are kept.</param>
internal sealed class KeysBeyond(int maxKeys = KeysBeyond.MostKeys)
{
    /// <summary>Keys that a reader, or a silo for all of its readers, keeps: some tens of megabytes.</summary>
    public const int MostKeys = 1_000_000;

    // Keys are forgotten a slice of time at a time: a look at each of them, at each step of the safe point, would cost more than all else.
    private const int SliceMilliseconds = 16;

    private readonly Dictionary<long, Dictionary<EventKey, long>> _slices = [];
    private readonly PriorityQueue<long, long> _order = new();

    /// <summary>Up to this key nothing is added any more; null: no bound.</summary>
    public EventKey? Passed { get; private set; }

    /// <summary>Keys that are kept.</summary>
    public int Count { get; private set; }

    /// <summary>Whether there is no room for another key.</summary>
    public bool IsFull => Count >= maxKeys;

    /// <summary>Adds a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="turn">In which turn its event was given.</param>
    /// <returns>False: the safe point has passed it, it is there already, or there is no room. Its event is not to be given now.</returns>
    public bool TryAdd(EventKey key, long turn = 0)
    {
        if (key <= Passed || IsFull)
        {
            return false;
        }

        var slice = SliceOf(key);
        if (!_slices.TryGetValue(slice, out var keys))
        {
            _slices.Add(slice, keys = []);
            _order.Enqueue(slice, slice);
        }

        var isNew = keys.TryAdd(key, turn);
        Count += isNew ? 1 : 0;
        return isNew;
    }

    /// <summary>Whether the event under a key was given, or the safe point has passed it.</summary>
    public bool Has(EventKey key) => key <= Passed || TryFind(key, out _);

    /// <summary>Whether the event under a key was given.</summary>
    /// <param name="key">The key.</param>
    /// <param name="turn">In which turn.</param>
    public bool TryFind(EventKey key, out long turn)
    {
        turn = 0;
        return _slices.TryGetValue(SliceOf(key), out var keys) && keys.TryGetValue(key, out turn);
    }

    /// <summary>The safe point has passed a key: everything up to there was given, and is forgotten.</summary>
    public void Pass(EventKey upTo)
    {
        Passed = upTo > Passed || Passed is null ? upTo : Passed;
        while (_order.TryPeek(out var slice, out _) && slice < SliceOf(upTo))
        {
            _order.Dequeue();
            _slices.Remove(slice, out var keys);
            Count -= keys!.Count;
        }
    }

    /// <summary>Forgets all keys.</summary>
    public void Clear()
    {
        _slices.Clear();
        _order.Clear();
        Count = 0;
    }

    private static long SliceOf(EventKey key) => key.UnixMilliseconds / SliceMilliseconds;
}
