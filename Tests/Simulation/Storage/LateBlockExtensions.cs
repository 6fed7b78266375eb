using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Simulation.Storage;

/// <summary>Blocks of late events as a store in memory lists them.</summary>
internal static class LateBlockExtensions
{
    /// <summary>Whether a block is of late events, and is asked for.</summary>
    public static bool IsLateIn(this Block block, LateRange range) => block.Header.Arrival is { } arrival && arrival <= range.UpTo
        && ArrivalKeys.Last(arrival, block.Header.EventCount) > range.After;

    /// <summary>How such a block is listed.</summary>
    public static LateBlock ToLate(this Block block) =>
        new(block.Header.Arrival!.Value, block.Header.EventCount, block.Header.FirstKey, block.Header.LastKey);
}
