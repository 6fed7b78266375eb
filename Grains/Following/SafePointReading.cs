using System.Collections.Immutable;
using AllData.Events;
using AllData.Reading;

namespace AllData.Following;

/// <summary>Up to where nothing more can appear in the store, as it was found out at one time. A later reading is never lower.</summary>
/// <param name="UpTo">The last key that is safe; null when it is not known of any.</param>
/// <param name="HeldUpBy">What keeps it from going on; empty when nothing does.</param>
internal sealed record SafePointReading(EventKey? UpTo, ImmutableArray<ScanDoubt> HeldUpBy)
{
    /// <summary>What silos say of the puts through them, as readers that follow see it.</summary>
    public static SafePointReading Of(WatermarkReading watermarks) => new(
        watermarks.Lowest is { } lowest && lowest > default(EventKey) ? lowest.GetPredecessor() : null,
        [
            .. watermarks.HeldUpBy,
            .. watermarks.Doubts.Select(static d => new ScanDoubt(default, EventKey.MaxValue, default, d.Reason) { Cluster = d.Cluster }),
        ]);
}
