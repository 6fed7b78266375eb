namespace AllData.Protocol;

/// <summary>How many zones and regions a set of peers lacks for a commit requirement.</summary>
internal readonly record struct MissingDomains(int Zones, int Regions)
{
    /// <summary>Whether any is lacking.</summary>
    public bool Any => Zones > 0 || Regions > 0;

    /// <summary>Counts. Quadratic in the peers, which are a handful.</summary>
    public static MissingDomains Of(TopologyLayout layout, CommitRequirement requirement, ReadOnlySpan<int> peers)
    {
        if (requirement is { MinZones: 1, MinRegions: 1 })
        {
            return default;
        }

        var zones = 0;
        var regions = 0;
        for (var i = 0; i < peers.Length; i++)
        {
            zones += HasZone(layout, peers[..i], layout.ZoneOfPeer(peers[i])) ? 0 : 1;
            regions += HasRegion(layout, peers[..i], layout.RegionOfPeer(peers[i])) ? 0 : 1;
        }

        return new MissingDomains(Math.Max(0, requirement.MinZones - zones), Math.Max(0, requirement.MinRegions - regions));
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
}
