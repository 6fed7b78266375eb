using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Client.Regions;

/// <summary>What was found of a region.</summary>
/// <param name="Check">What the cluster has counted.</param>
/// <param name="Doubts">Why the region's peers may hold more alone, a sentence each.</param>
internal sealed record RegionFindings(RegionCheck Check, ImmutableArray<string> Doubts)
{
    /// <summary>Whether it is certain that nothing would be lost.</summary>
    public bool IsFree => Check is { OnlyThereBlocks: 0, OnlyThereEvents: 0 } && Doubts.IsEmpty;
}
