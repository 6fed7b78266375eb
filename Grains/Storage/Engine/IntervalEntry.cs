using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>What is known of an interval while the store is open.</summary>
/// <param name="HasFile">Whether its file, with its tables, is there.</param>
/// <param name="State">Closed as soon as that is promised, which is before the file is self-contained.</param>
/// <param name="Note">What its note says; null before there is one.</param>
internal sealed record IntervalEntry(bool HasFile, IntervalState State, IntervalManifest? Note)
{
    /// <summary>How often repair has changed it since it was closed: what was counted before is out of date.</summary>
    public long Restorations { get; init; }

    /// <summary>Whether the file is self-contained: out of its log, read-only.</summary>
    public bool IsSelfContained => Note?.State == IntervalState.Closed;
}
