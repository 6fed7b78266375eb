using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Reading;

/// <summary>Computes up to where a scan has given everything that there will ever be.</summary>
internal static class SafePoint
{
    /// <summary>The last key that is safe; null when no key of the range is.</summary>
    /// <param name="range">What was scanned.</param>
    /// <param name="unsafeFrom">The first key at which events may still appear; null when it is not known.</param>
    /// <param name="doubts">Where events may be missing.</param>
    /// <param name="limitedAt">The last key given, where the scan ended by its limit; otherwise null.</param>
    public static EventKey? Of(ScanRange range, EventKey? unsafeFrom, ImmutableArray<ScanDoubt> doubts, EventKey? limitedAt)
    {
        if (unsafeFrom is not { } bound)
        {
            return null;
        }

        bound = Min(bound, range.To);
        bound = limitedAt is { } last && last < bound ? last.GetSuccessor() : bound;
        foreach (var doubt in doubts)
        {
            bound = Min(bound, doubt.From);
        }

        return bound > default(EventKey) && bound.GetPredecessor() is var safe && !(safe < range.From) && !(safe <= range.After) ? safe : null;
    }

    private static EventKey Min(EventKey one, EventKey? other) => other is { } key && key < one ? key : one;
}
