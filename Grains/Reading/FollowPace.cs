namespace AllData.Reading;

/// <summary>
/// How fast all readers of a silo together are given events. Puts come first: while processors are short, which a timer that fires late tells, readers fall
/// behind, down to a rate that costs little; when there is room again, they catch up. Not for several threads.
/// </summary>
internal sealed class FollowPace
{
    /// <summary>The slowest rate, for all readers together: a few hundredths of a processor.</summary>
    public const long LeastBytesPerSecond = 16 << 20;

    /// <summary>From here on the rate is not limited.</summary>
    public const long MostBytesPerSecond = 1 << 30;

    /// <summary>The longest rest, however many readers there are: they hear of events all the time.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(2);

    /// <summary>A timer fires so late, at most, while a processor is free.</summary>
    public static readonly TimeSpan Late = TimeSpan.FromMilliseconds(8);

    // Shorter ones are gathered: a timer is no more exact.
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(20);

    private long _bytesPerSecond = MostBytesPerSecond;
    private TimeSpan _owed;

    /// <summary>A rest, or the time between two looks, has ended so much after it should have.</summary>
    public void OnWoken(TimeSpan late) => _bytesPerSecond = late > Late
        ? Math.Max(LeastBytesPerSecond, _bytesPerSecond / 2)
        : Math.Min(MostBytesPerSecond, _bytesPerSecond + (_bytesPerSecond / 4));

    /// <summary>How long to rest after a page.</summary>
    /// <param name="bytes">Bytes of the page.</param>
    /// <param name="readers">Readers to which it goes.</param>
    /// <returns>Zero: the next page may follow at once.</returns>
    public TimeSpan RestAfter(long bytes, int readers)
    {
        if (_bytesPerSecond >= MostBytesPerSecond)
        {
            _owed = TimeSpan.Zero;
            return TimeSpan.Zero;
        }

        _owed += TimeSpan.FromSeconds((double)bytes * readers / _bytesPerSecond);
        if (_owed < ShortestRest)
        {
            return TimeSpan.Zero;
        }

        var rest = _owed < LongestRest ? _owed : LongestRest;
        _owed = TimeSpan.Zero;
        return rest;
    }
}
