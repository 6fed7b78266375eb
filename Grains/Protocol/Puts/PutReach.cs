using System.Collections.Immutable;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Puts;

/// <summary>
/// How far a put could come from its start if only good things happened: with the peers that can take it now, and with those of the regions that are cut off
/// as well. Asked only while regions are cut off. A few peers of each zone count for all of it.
/// </summary>
/// <param name="copyset">The copyset that it is planned with.</param>
/// <param name="availability">Which peers can take it now.</param>
/// <param name="cutOff">The regions that are cut off.</param>
/// <param name="held">Indexes of peers that hold the events already; each once.</param>
internal sealed class PutReach(PlacedCopyset copyset, IPeerAvailability availability, CutOffRegions cutOff, ImmutableArray<int> held)
{
    /// <summary>The regions that are cut off.</summary>
    public CutOffRegions CutOff => cutOff;

    /// <summary>Whether a requirement cannot be met, and could be if no region were cut off.</summary>
    public bool IsCutOffFrom(CommitRequirement requirement) => !ReachNow(requirement).IsEnough() && ReachOfAll(requirement).IsEnough();

    /// <summary>
    /// The zones and regions that can be reached, if they are too few for a requirement that could be met if no region were cut off; otherwise null.
    /// </summary>
    public (int Zones, int Regions)? FindShortage(CommitRequirement requirement)
    {
        var (zones, regions) = ReachNow(requirement).Domains;
        return (zones < requirement.Spread.Zones || regions < requirement.Spread.Regions) && IsCutOffFrom(requirement) ? (zones, regions) : null;
    }

    private DomainReach ReachNow(CommitRequirement requirement)
    {
        var reach = Begin(requirement);
        AddZones(reach, availability.Alive.Layout, requirement.Needed, isWanted: null);
        return reach;
    }

    private DomainReach ReachOfAll(CommitRequirement requirement)
    {
        var reach = ReachNow(requirement);
        AddZones(reach, copyset.Topology.Layout, requirement.Needed, peer => cutOff.IsOwed(copyset.Topology[peer].Location.Region));
        return reach;
    }

    private DomainReach Begin(CommitRequirement requirement)
    {
        var reach = new DomainReach(copyset.Topology.Layout, copyset.Site.Peer, requirement);
        foreach (var peer in held)
        {
            reach.Add(peer);
        }

        return reach;
    }

    private void AddZones(DomainReach reach, TopologyLayout layout, int most, Func<int, bool>? isWanted)
    {
        for (var zone = 0; zone < layout.ActiveZones; zone++)
        {
            var first = layout.Zones.FirstSlot(zone);

            // A zone is a region's own: one of its peers says it for all.
            if (isWanted is null || isWanted(layout.PeerOfSlot(first)))
            {
                AddPeers(reach, layout, (first, layout.Zones.SlotCount(zone)), most);
            }
        }
    }

    private void AddPeers(DomainReach reach, TopologyLayout layout, (int First, int Count) slots, int most)
    {
        for (var (slot, added) = (slots.First, 0); slot < slots.First + slots.Count; slot++)
        {
            // The own peer is more than one of many: a level may need it itself.
            var peer = layout.PeerOfSlot(slot);
            if ((added < most || peer == copyset.Site.Peer) && !held.Contains(peer))
            {
                reach.Add(peer);
                added++;
            }
        }
    }
}
