using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Protocol.Keys;

/// <summary>
/// Remembers the keys that this coordinator has handed out and not seen again. A key that comes back for the first time is fresh and needs no
/// look-up: it has not been put through this coordinator, and any other coordinator that received it has asked here first (<see cref="Forget"/>). If
/// a client puts two events under it through two coordinators at once, one of them gets a conflict: replicas take only the first (<see
/// cref="KeyClaims"/>).
/// </summary>
/// <remarks>
/// A key that is forgotten is looked up like any given key. Holds two generations of keys; the older one is forgotten when the newer one is
/// full. Safe for several threads.
/// </remarks>
/// <param name="generation">Keys of a generation, at least 1. Default: 131,072, some megabytes.</param>
internal sealed class ReservedKeys(int generation = ReservedKeys.DefaultGeneration)
{
    /// <summary>Keys of a generation, by default.</summary>
    public const int DefaultGeneration = 1 << 17;

    /// <summary>
    /// How long after its time a key may come back as fresh, milliseconds: as long as a client tries. Far less than the time for which its interval
    /// stays open, so that it needs no rule of given keys either. For so long a key that is not used holds back what a scan can call safe.
    /// </summary>
    public const long MaxAge = 30_000;

    private readonly Lock _gate = new();
    private HashSet<EventKey> _newer = [];
    private HashSet<EventKey> _older = [];

    /// <summary>Keys were handed out.</summary>
    public void OnIssued(ReadOnlySpan<EventKey> keys)
    {
        lock (_gate)
        {
            if (_newer.Count >= generation)
            {
                (_older, _newer) = (_newer, _older);
                _newer.Clear();
            }

            foreach (var key in keys)
            {
                _newer.Add(key);
            }
        }
    }

    /// <summary>Another coordinator asks about keys in order to put them: they are no longer fresh.</summary>
    public void Forget(ReadOnlySpan<EventKey> keys)
    {
        lock (_gate)
        {
            foreach (var key in keys)
            {
                _ = _newer.Remove(key) || _older.Remove(key);
            }
        }
    }

    /// <summary>Keys will not be used: they are no longer fresh.</summary>
    /// <returns>Those that still were.</returns>
    public EventKey[] Release(ReadOnlySpan<EventKey> keys)
    {
        var released = new List<EventKey>(keys.Length);
        lock (_gate)
        {
            foreach (var key in keys)
            {
                if (_newer.Remove(key) || _older.Remove(key))
                {
                    released.Add(key);
                }
            }
        }

        return [.. released];
    }

    /// <summary>
    /// Finds the fresh ones among given keys and forgets them: a second time they are not fresh. A key that comes twice among them is not fresh at
    /// all: the look-up must see both to say which event stands.
    /// </summary>
    /// <param name="events">Events under given keys.</param>
    /// <param name="isFresh">Receives whether each is fresh.</param>
    /// <param name="now">The clock, milliseconds since 1970 UTC.</param>
    /// <returns>How many are.</returns>
    public int Take(ReadOnlySpan<KeyedEvent> events, Span<bool> isFresh, long now)
    {
        var fresh = 0;
        lock (_gate)
        {
            for (var i = 0; i < events.Length; i++)
            {
                var key = events[i].Key;
                isFresh[i] = (_newer.Remove(key) || _older.Remove(key)) && key.UnixMilliseconds > now - MaxAge;
                fresh += isFresh[i] ? 1 : 0;
            }
        }

        return fresh == events.Length ? fresh : fresh - UnmarkTwins(events, isFresh);
    }

    private static int UnmarkTwins(ReadOnlySpan<KeyedEvent> events, Span<bool> isFresh)
    {
        var others = new HashSet<EventKey>();
        for (var i = 0; i < events.Length; i++)
        {
            _ = !isFresh[i] && others.Add(events[i].Key);
        }

        var unmarked = 0;
        for (var i = 0; i < events.Length; i++)
        {
            if (isFresh[i] && others.Contains(events[i].Key))
            {
                isFresh[i] = false;
                unmarked++;
            }
        }

        return unmarked;
    }
}
