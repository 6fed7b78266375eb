using System.Runtime.InteropServices;
using AllData.Errors;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>
/// Chooses peers. Pure and safe to call from anywhere; its cost depends on the replication factor, not on the number of peers.
/// </summary>
internal static class PlacementPlanner
{
    /// <summary>
    /// Draws a copyset: the peers meant to hold blocks, from the registered active peers, alive or not. Order: local peer, other zones, other
    /// regions, same zone, any; within a tier spread first, then chance. If there are too few active peers, registered ones that take no replicas now
    /// complete it (<see cref="CopysetCompletion"/>).
    /// </summary>
    /// <param name="topology">The peers; taken once for a block, never re-read half-way.</param>
    /// <param name="policy">The placement policy.</param>
    /// <param name="local">The coordinator's own peer.</param>
    /// <param name="random">Randomness.</param>
    /// <exception cref="NotEnoughPeersException">Fewer storing peers are registered than replicas requested, and fewer are not allowed.</exception>
    public static PlacedCopyset Draw(Topology topology, PlacementPolicy policy, LocalPeer local, Random random)
    {
        var size = CopysetSize(topology, policy);
        var site = LocalSite.Of(topology, local);
        Span<DrawnSlot> drawn = stackalloc DrawnSlot[Math.Min(size, topology.ActivePeers)];
        var draw = new CopysetDraw(topology.Layout, random, policy.Spread, drawn, stackalloc int[drawn.Length]);
        DrawTiers(ref draw, topology.Layout, policy, site);
        var members = new ReplicaTarget[size];
        TakeDrawn(topology, drawn, members);
        CopysetCompletion.Fill(topology, random, members, drawn.Length);
        ReadableMember.Ensure(topology, random, members);
        return new PlacedCopyset(topology, site, policy, ImmutableCollectionsMarshal.AsImmutableArray(members));
    }

    /// <summary>Plans where one block goes: its copyset, with spares in the place of members that cannot take it now.</summary>
    /// <param name="copyset">The intended peers.</param>
    /// <param name="requirement">The targets reach its zones and regions if that is possible at all.</param>
    /// <param name="availability">Which peers can take a block now.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="alreadyHeld">Indexes of peers that hold the events already, in an earlier block; each once.</param>
    /// <param name="cutOff">The regions that are cut off; null where the store has one cluster.</param>
    public static PlacementPlan Plan(PlacedCopyset copyset, CommitRequirement requirement, IPeerAvailability availability, Random random,
        ReadOnlySpan<int> alreadyHeld = default, CutOffRegions? cutOff = null)
    {
        Span<int> targets = stackalloc int[copyset.Members.Length];
        var owing = copyset.Policy.OwesCutOffRegions ? cutOff : null;
        var planning = new TargetPlanning(copyset, requirement, availability, random, alreadyHeld, targets, owing);
        planning.Run();
        return planning.ToPlan();
    }

    private static int CopysetSize(Topology topology, PlacementPolicy policy)
    {
        var storing = topology.StoringPeers;
        if (storing >= policy.ReplicationFactor || (policy.AllowUnderReplicated && storing > 0))
        {
            return Math.Min(policy.ReplicationFactor, storing);
        }

        throw new NotEnoughPeersException(
            $"{policy.ReplicationFactor} replicas are requested and {storing} storing peers are registered. "
            + "Start or add peers, or lower the replication factor.",
            policy.ReplicationFactor, storing);
    }

    private static void DrawTiers(ref CopysetDraw draw, TopologyLayout layout, PlacementPolicy policy, LocalSite site)
    {
        var localSlot = site.Peer < 0 ? -1 : layout.SlotOfPeer(site.Peer);
        if (localSlot >= 0)
        {
            draw.Add(localSlot, PlacementTier.Local);
        }

        var home = layout.ZonesOfRegion(site.Region);
        draw.AddFromZones(home, site.Zone, policy.OtherZoneReplicas, PlacementTier.OtherZone);
        draw.AddFromRegions(site.Region, policy.OtherRegionReplicas, PlacementTier.OtherRegion);
        if (site.Zone >= 0 && site.Zone < layout.ActiveZones)
        {
            draw.AddFromZones((site.Zone, 1), exceptZone: -1, draw.Missing, PlacementTier.SameZone);
        }

        draw.Fill(home, site.Zone, site.Region);
    }

    private static void TakeDrawn(Topology topology, ReadOnlySpan<DrawnSlot> drawn, Span<ReplicaTarget> members)
    {
        for (var i = 0; i < drawn.Length; i++)
        {
            var index = topology.Layout.PeerOfSlot(drawn[i].Slot);
            var peer = topology[index];
            members[i] = new ReplicaTarget(index, peer.Id, peer.Location, drawn[i].Tier);
        }
    }
}
