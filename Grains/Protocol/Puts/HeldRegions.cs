using System.Collections.Immutable;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>Says in how many regions an event is held and meant to be held, and which regions that are cut off are owed a copy.</summary>
internal static class HeldRegions
{
    /// <summary>Counts.</summary>
    /// <param name="topology">The topology that the peers' indexes belong to.</param>
    /// <param name="meant">The peers that are meant to hold the event.</param>
    /// <param name="holders">The peers that hold it durably.</param>
    /// <param name="requirement">What the put had to meet.</param>
    /// <param name="cutOff">The regions that are cut off; null where the store has one cluster.</param>
    public static RegionCoverage Of(
        Topology topology, ReadOnlySpan<int> meant, ReadOnlySpan<int> holders, CommitRequirement requirement, CutOffRegions? cutOff)
    {
        var layout = topology.Layout;
        var held = PlacementRules.CountDomains(layout, holders).Regions;
        var wanted = Math.Max(PlacementRules.CountDomains(layout, meant).Regions, requirement.Spread.Regions);
        var owed = ImmutableArray.CreateBuilder<RegionOutage>();
        foreach (var region in cutOff?.All ?? [])
        {
            var index = layout.FindRegion(region.Region);
            if (!region.HasDropped && PlacementRules.HasRegion(layout, meant, index) && !PlacementRules.HasRegion(layout, holders, index))
            {
                owed.Add(new RegionOutage(region.Region, region.Since));
            }
        }

        return new RegionCoverage(held, wanted) { Owed = owed.DrainToImmutable() };
    }
}
