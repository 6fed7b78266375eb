namespace AllData.Protocol.Clocks;

/// <summary>
/// Fresh keys that arrive in an interval which this silo's clock has already left. Their issuer has another clock, and until it is known which of the
/// two is wrong, the interval is not over.
/// </summary>
/// <param name="memory">For how long one counts, milliseconds of the monotonic clock.</param>
internal sealed class LateKeys(long memory)
{
    private readonly Lock _gate = new();
    private long _oldest = long.MaxValue;
    private long _arrived;

    /// <summary>A key has arrived late.</summary>
    public void OnArrived(long keyTime, long monotonic)
    {
        lock (_gate)
        {
            _oldest = monotonic - _arrived > memory ? keyTime : Math.Min(_oldest, keyTime);
            _arrived = monotonic;
        }
    }

    /// <summary>Whether no key for a time before this one has arrived recently.</summary>
    /// <param name="end">First millisecond after an interval.</param>
    /// <param name="monotonic">The monotonic clock now.</param>
    public bool IsOver(long end, long monotonic)
    {
        lock (_gate)
        {
            return _oldest >= end || monotonic - _arrived > memory;
        }
    }
}
