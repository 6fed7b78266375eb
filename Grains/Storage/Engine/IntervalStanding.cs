using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>What an engine knows of an interval without asking the disk.</summary>
/// <param name="State">Closed as soon as that is durably promised, which is before the interval is self-contained.</param>
/// <param name="IsSelfContained">
/// Whether a closed interval was counted after the last block came into it, and has all that belongs to it in its place.
/// </param>
/// <param name="NeedsSalvage">Whether it is damaged so that it takes no blocks before its readable ones are salvaged.</param>
/// <param name="Restorations">How often repair has changed it although it is closed: what was counted before is out of date.</param>
/// <param name="Damage">What is noted to be lost or wrong; null when nothing is.</param>
internal readonly record struct IntervalStanding(
    IntervalState State, bool IsSelfContained, bool NeedsSalvage, long Restorations, string? Damage)
{
    /// <summary>Whether it is promised closed and yet to be counted.</summary>
    public bool IsToBeCounted => State == IntervalState.Closed && !IsSelfContained;
}
