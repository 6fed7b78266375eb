namespace AllData.Protocol.Repair;

/// <summary>
/// Bounds how fast a peer fetches: a token bucket of one second's bytes, which may be overdrawn by one answer. Not for several threads.
/// </summary>
/// <param name="bytesPerSecond">Bytes in a second, at least 1.</param>
internal sealed class RepairPace(long bytesPerSecond)
{
    private double _credit = bytesPerSecond;
    private long _seen = long.MinValue;

    /// <summary>Bytes have been fetched: how long to rest before the next are.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="now">Milliseconds of any clock that does not go back.</param>
    public TimeSpan OnFetched(long bytes, long now)
    {
        if (_seen != long.MinValue)
        {
            _credit = Math.Min(bytesPerSecond, _credit + ((double)bytesPerSecond * Math.Max(0, now - _seen) / 1000));
        }

        _seen = now;
        _credit -= bytes;
        return _credit >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_credit / bytesPerSecond);
    }
}
