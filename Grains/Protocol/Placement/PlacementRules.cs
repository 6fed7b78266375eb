using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>How many zones and regions a set of peers is missing for a demand.</summary>
internal readonly record struct MissingDomains(int Zones, int Regions)
{
    /// <summary>Whether any is missing.</summary>
    public bool Any => Zones > 0 || Regions > 0;

    /// <summary>How many peers must follow at least: one in a new region is in a new zone, too.</summary>
    public int Peers => Math.Max(Zones, Regions);
}

/// <summary>
/// The one place that says whether a set of peers is spread as it is meant to be, and which candidate serves it best: for the draw of a copyset, for
/// the targets and spares of a put, and for repair's successors.
/// </summary>
internal static class PlacementRules
{
    /// <summary>What a set of distinct peers is missing. Quadratic in the peers, of which there are a handful; allocates nothing.</summary>
    /// <param name="layout">Numbers the domains.</param>
    /// <param name="demand">What is demanded.</param>
    /// <param name="peers">Indexes of peers.</param>
    public static MissingDomains Missing(TopologyLayout layout, SpreadDemand demand, ReadOnlySpan<int> peers)
    {
        if (demand.IsNone)
        {
            return default;
        }

        var (zones, regions) = CountDomains(layout, peers);
        return new MissingDomains(Math.Max(0, demand.Zones - zones), Math.Max(0, demand.Regions - regions));
    }

    /// <summary>The zones and regions that a set of peers lies in.</summary>
    public static (int Zones, int Regions) CountDomains(TopologyLayout layout, ReadOnlySpan<int> peers)
    {
        var (zones, regions) = (0, 0);
        for (var i = 0; i < peers.Length; i++)
        {
            zones += HasZone(layout, peers[..i], layout.ZoneOfPeer(peers[i])) ? 0 : 1;
            regions += HasRegion(layout, peers[..i], layout.RegionOfPeer(peers[i])) ? 0 : 1;
        }

        return (zones, regions);
    }

    /// <summary>Whether one of the peers lies in a zone.</summary>
    public static bool HasZone(TopologyLayout layout, ReadOnlySpan<int> peers, int zone)
    {
        foreach (var peer in peers)
        {
            if (layout.ZoneOfPeer(peer) == zone)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether one of the peers lies in a region.</summary>
    public static bool HasRegion(TopologyLayout layout, ReadOnlySpan<int> peers, int region)
    {
        foreach (var peer in peers)
        {
            if (layout.RegionOfPeer(peer) == region)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>How well a peer serves a growing set: in a new region, else in a new zone. Greater is better.</summary>
    /// <param name="places">Where the others are.</param>
    /// <param name="candidate">Where it is.</param>
    public static (bool IsNewRegion, bool IsNewZone) RankAddition(ReadOnlySpan<PeerLocation> places, PeerLocation candidate)
    {
        var (isNewRegion, isNewZone) = (true, true);
        foreach (var place in places)
        {
            isNewRegion &= place.Region != candidate.Region;
            isNewZone &= place != candidate;
        }

        return (isNewRegion, isNewZone);
    }

    /// <summary>
    /// How well a peer serves in the place of another: the set keeps its regions, then its zones; then as near to the one that leaves as can be. Greater
    /// is better.
    /// </summary>
    /// <param name="staying">Where the others are; the default of those of which it is not known, which count for no domain.</param>
    /// <param name="leaver">Where the one that leaves was.</param>
    /// <param name="candidate">Where it is.</param>
    public static (bool KeepsRegions, bool KeepsZones, bool IsSameRegion, bool IsSameZone) RankSuccessor(
        ReadOnlySpan<PeerLocation> staying, PeerLocation leaver, PeerLocation candidate)
    {
        var (before, after) = (CountDomains([.. staying, leaver]), CountDomains([.. staying, candidate]));
        return (after.Regions >= before.Regions, after.Zones >= before.Zones, candidate.Region == leaver.Region, candidate == leaver);
    }

    private static (int Zones, int Regions) CountDomains(ReadOnlySpan<PeerLocation> places)
    {
        var (zones, regions) = (0, 0);
        for (var i = 0; i < places.Length; i++)
        {
            var (isNewRegion, isNewZone) = RankAddition(places[..i], places[i]);
            var isKnown = places[i] != default;
            zones += isKnown && isNewZone ? 1 : 0;
            regions += isKnown && isNewRegion ? 1 : 0;
        }

        return (zones, regions);
    }
}
