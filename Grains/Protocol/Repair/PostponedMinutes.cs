using AllData.Events;

namespace AllData.Protocol.Repair;

/// <summary>
/// Minutes in which something is missing that another peer of the region is to fetch first: looked at again and again until it is there. Not for several
/// threads.
/// </summary>
/// <param name="rest">How long until a minute is looked at again, milliseconds.</param>
internal sealed class PostponedMinutes(long rest)
{
    /// <summary>Minutes that are remembered before a comparison of everything pauses.</summary>
    public const int Most = 2_048;

    /// <summary>How long a minute is left to another peer at most, milliseconds, however much that peer brings meanwhile.</summary>
    public const long Longest = 2 * 60 * 60 * 1_000;

    private readonly SortedDictionary<UnixMinute, (long First, long Due)> _minutes = [];

    /// <summary>How many there are.</summary>
    public int Count => _minutes.Count;

    /// <summary>Whether there are too many to look for more.</summary>
    public bool IsFull => _minutes.Count >= Most;

    /// <summary>The next run of minutes to look at again, or null if no minute is due.</summary>
    public MinuteRange? Take(long now)
    {
        // After the clock was set back a time may lie far ahead.
        var run = MinuteRuns.TakeFirst(_minutes, minute => minute.Due <= now || minute.Due - now > rest);
        run.ForEach(minute => _minutes[minute] = (_minutes[minute].First, now + rest));
        return MinuteRuns.RangeOf(run);
    }

    /// <summary>A range was compared: these of its minutes wait on, or from now on, and the others do not.</summary>
    public void Renew(MinuteRange range, IReadOnlyCollection<UnixMinute> minutes, long now)
    {
        foreach (var done in _minutes.Keys.Where(m => m >= range.FromMinute && m < range.ToMinute).Except(minutes).ToList())
        {
            _minutes.Remove(done);
        }

        foreach (var minute in minutes)
        {
            _minutes[minute] = (_minutes.TryGetValue(minute, out var before) ? before.First : now, now + rest);
        }
    }

    /// <summary>Whether a minute has waited for too long.</summary>
    public bool IsOverdue(UnixMinute minute, long now) => _minutes.TryGetValue(minute, out var known) && now - known.First >= Longest;

    /// <summary>Forgets all.</summary>
    public void Clear() => _minutes.Clear();
}
