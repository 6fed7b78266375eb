using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>
/// Something of an interval cannot be read, and asking again gives the same answer. Thrown by a reader that cannot note it: the shell has it noted
/// by the writer before the caller hears of it.
/// </summary>
internal sealed class DamagedIntervalException(Interval interval, string reason, Exception cause) : Exception(reason, cause)
{
    public Interval Interval { get; } = interval;
}
