using AllData.Events;

namespace AllData.Protocol.Repair;

/// <summary>
/// Minutes in which another peer may be missing something that this peer holds and the other is responsible for: those that have changed here since they were
/// compared, and those in which something was missing then. Not for several threads.
/// </summary>
internal sealed class UnheldMinutes
{
    /// <summary>Minutes that are remembered: some weeks of an outage. With more, everything has to be compared again.</summary>
    public const int Most = 65_536;

    private readonly SortedSet<UnixMinute> _minutes = [];

    /// <summary>The earliest of them, or null.</summary>
    public UnixMinute? Earliest => _minutes.Count == 0 ? null : _minutes.Min;

    /// <summary>Something was stored here.</summary>
    /// <returns>Whether all of it can be remembered; if not, nothing is, and everything has to be compared.</returns>
    public bool TryAdd(IEnumerable<UnixMinute> minutes)
    {
        _minutes.UnionWith(minutes);
        if (_minutes.Count <= Most)
        {
            return true;
        }

        _minutes.Clear();
        return false;
    }

    /// <summary>A range was compared.</summary>
    /// <param name="range">The range.</param>
    /// <param name="unheld">The minutes in it of which something is missing at the other peer.</param>
    public void OnCompared(MinuteRange range, IEnumerable<UnixMinute> unheld)
    {
        if (range.FromMinute < range.ToMinute)
        {
            _minutes.GetViewBetween(range.FromMinute, range.ToMinute.Previous()).Clear();
        }

        _minutes.UnionWith(unheld);
    }

    /// <summary>Everything is compared again.</summary>
    public void Clear() => _minutes.Clear();
}
