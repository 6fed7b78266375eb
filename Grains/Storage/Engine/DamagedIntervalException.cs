using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>
/// A part of an interval cannot be read, and another attempt would fail the same way. Thrown by a reader that cannot note the damage: the store has
/// the writer note it before the caller hears of it.
/// </summary>
internal sealed class DamagedIntervalException(Interval interval, string reason, Exception cause) : Exception(reason, cause)
{
    public Interval Interval { get; } = interval;
}
