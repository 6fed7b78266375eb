using System.Runtime.InteropServices;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>
/// Finds out whether a set of peers would meet a requirement with further peers, without checking the whole set for each: for the rare question
/// whether all spares together would be enough.
/// </summary>
/// <param name="layout">Numbers the domains.</param>
/// <param name="local">The index of the coordinator's own peer; -1 when it is not registered.</param>
/// <param name="requirement">The requirement.</param>
internal sealed class DomainReach(TopologyLayout layout, int local, CommitRequirement requirement)
{
    private readonly HashSet<int> _zones = [];
    private readonly HashSet<int> _regions = [];

    // One peer for each zone, the own peer, and as many others as the level needs: no other changes the answer.
    private readonly List<int> _counted = [];

    /// <summary>The zones and regions of the set.</summary>
    public (int Zones, int Regions) Domains => (_zones.Count, _regions.Count);

    /// <summary>Adds a peer that is not in the set.</summary>
    public void Add(int peer)
    {
        var isNewZone = _zones.Add(layout.ZoneOfPeer(peer));
        var isNewRegion = _regions.Add(layout.RegionOfPeer(peer));
        if (isNewZone || isNewRegion || peer == local || _counted.Count < requirement.Needed)
        {
            _counted.Add(peer);
        }
    }

    /// <summary>Whether the set is enough.</summary>
    public bool IsEnough() => requirement.IsMetBy(layout, local, CollectionsMarshal.AsSpan(_counted));
}
