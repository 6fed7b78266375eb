using AllData.Events;

namespace AllData.Reading;

/// <summary>Minutes as keys.</summary>
internal static class KeyTime
{
    private const long MillisecondsPerMinute = 60_000;

    /// <summary>The first key of a minute; the largest key for minutes beyond all keys.</summary>
    public static EventKey StartOf(long unixMinute) => unixMinute > EventKey.MaxValue.UnixMinute
        ? EventKey.MaxValue
        : EventKey.FirstAt(unixMinute * MillisecondsPerMinute);
}
