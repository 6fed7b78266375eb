using AllData.Errors;

namespace AllData.Reading;

/// <summary>
/// Bounds the scans that run at once in a silo, and with them the memory that they take. A reader that does not read keeps its place only as
/// long as no other wants it.
/// </summary>
/// <param name="limit">Scans at once.</param>
/// <param name="time">The clock by which readers are slow.</param>
internal sealed class ScanGate(int limit, TimeProvider time)
{
    /// <summary>How long a page (384 KiB) may wait for its reader while others want the place.</summary>
    public static readonly TimeSpan CrowdedPatience = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Places beyond the limit, kept for those that look after the cluster, their audits and their scans: an operator must see why reading has come to a halt.
    /// </summary>
    public const int OperatorPlaces = 2;

    private readonly Lock _lock = new();
    private readonly List<ScanPlace> _places = [];

    /// <summary>Scans that run now.</summary>
    public int Running
    {
        get
        {
            lock (_lock)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>How long the oldest waiting page has waited for its reader; null when none waits.</summary>
    public TimeSpan? LongestWait
    {
        get
        {
            lock (_lock)
            {
                return _places.Max(static p => p.Waited);
            }
        }
    }

    /// <summary>Admits a scan; if all places are taken, in place of the reader that has not read for longest.</summary>
    /// <param name="forOperator">Whether it is of an operator, or an audit: places are kept for these.</param>
    /// <returns>Its place; disposed of when it has ended.</returns>
    /// <exception cref="TooManyScansException">The maximum is running.</exception>
    public ScanPlace Enter(bool forOperator = false)
    {
        ScanPlace? evicted = null;
        var place = new ScanPlace(this, time);
        lock (_lock)
        {
            if (_places.Count >= limit + (forOperator ? OperatorPlaces : 0))
            {
                evicted = _places.Where(static p => p.Waited > CrowdedPatience).MaxBy(static p => p.Waited) ?? throw new TooManyScansException(limit);
                _places.Remove(evicted);
            }

            _places.Add(place);
        }

        evicted?.Evict();
        return place;
    }

    internal void Leave(ScanPlace place)
    {
        lock (_lock)
        {
            _places.Remove(place);
        }
    }
}

/// <summary>The place of one scan.</summary>
internal sealed class ScanPlace(ScanGate gate, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _evicted = new();
    private long _waitsSince = long.MinValue;

    /// <summary>Cancelled when another scan has taken the place.</summary>
    public CancellationToken Evicted => _evicted.Token;

    /// <summary>How long a page has waited for its reader; null when none waits.</summary>
    public TimeSpan? Waited => Volatile.Read(ref _waitsSince) is var since and not long.MinValue ? time.GetElapsedTime(since) : null;

    /// <summary>A page waits for its reader from now on.</summary>
    public void Wait() => Volatile.Write(ref _waitsSince, time.GetTimestamp());

    /// <summary>The reader has taken a page.</summary>
    public void GoOn() => Volatile.Write(ref _waitsSince, long.MinValue);

    public void Evict() => _evicted.CancelAsync();

    public void Dispose() => gate.Leave(this);
}
