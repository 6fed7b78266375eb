using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>What every plan must keep, whatever is out.</summary>
internal static class PlanRules
{
    public static void Check(PlacementPlan plan, CommitRequirement demand, TestAvailability availability)
    {
        var topology = plan.Copyset.Topology;
        var targets = plan.Targets.Select(planned => planned.Target.PeerIndex).ToList();
        var eligible = Enumerable.Range(0, topology.Count)
            .Where(peer => topology[peer].Stores && topology[peer].Status == PeerStatus.Active)
            .Where(peer => availability.Of(peer) != PeerAvailability.Dead)
            .ToList();
        void Require(bool condition, string complaint)
        {
            if (!condition)
            {
                var peers = Enumerable.Range(0, topology.Count).Select(peer => $"{topology[peer].Id}:{availability[peer]}");
                Assert.Fail($"{complaint}: copyset {string.Join(',', plan.Copyset.Members)}, demand {demand}, "
                    + $"targets {string.Join(',', plan.Targets)}, availability {string.Join(',', peers)}");
            }
        }

        Require(targets.Distinct().Count() == targets.Count, "a peer twice");
        Require(targets.TrueForAll(eligible.Contains), "a dead or inactive target");
        Require(targets.Count == Math.Min(plan.Copyset.Members.Length, eligible.Count), "a copy less than there could be");
        Require(plan.Unplaced.Length + plan.Owed.Length == plan.Copyset.Members.Length - targets.Count, "a member forgotten");
        Require(plan.Targets.All(planned => plan.Copyset.Contains((planned.Replaces ?? planned.Target).PeerIndex)), "a target for nobody");
        Require(Zones(targets) >= Math.Min(demand.Spread.Zones, Math.Min(targets.Count, Zones(eligible))), "zones missed");
        Require(Regions(targets) >= Math.Min(demand.Spread.Regions, Math.Min(targets.Count, Regions(eligible))), "regions missed");
        if (demand.Spread.IsNone && !demand.NeedsLocal)
        {
            var idle = eligible.Except(targets).Where(peer => availability.Of(peer) == PeerAvailability.Available);
            var areAllAvailable = targets.TrueForAll(peer => availability.Of(peer) == PeerAvailability.Available);
            Require(!idle.Any() || areAllAvailable, "avoided before available");
            var untouched = plan.Copyset.Members.Where(member =>
                availability.Of(member.PeerIndex) == PeerAvailability.Available && topology[member.PeerIndex].Status == PeerStatus.Active);
            Require(untouched.All(member => targets.Contains(member.PeerIndex)), "an available member replaced");
        }

        int Zones(IEnumerable<int> peers) => peers.Select(peer => topology[peer].Location).Distinct().Count();
        int Regions(IEnumerable<int> peers) => peers.Select(peer => topology[peer].Location.Region).Distinct().Count();
    }
}

/// <summary>
/// The order of spares said a second time: available before avoided; then the failed one's tier in an unused zone (region), that tier, any
/// unused domain, any.
/// </summary>
internal static class SpareRank
{
    public static void CheckBest(PlacedCopyset copyset, int failed, TestAvailability availability, List<ReplicaTarget> chosen)
    {
        var topology = copyset.Topology;
        var live = copyset.Members.Where((_, i) => i != failed).Select(member => member.PeerIndex).ToList();
        var candidates = Enumerable.Range(0, topology.Count)
            .Where(peer => topology[peer].Stores && topology[peer].Status == PeerStatus.Active)
            .Where(peer => availability.Of(peer) != PeerAvailability.Dead && !copyset.Contains(peer))
            .ToList();
        Assert.Equal(Math.Min(1, candidates.Count), chosen.Count);
        if (chosen.Count == 1)
        {
            var best = candidates.Min(peer => Rank(copyset, failed, live, availability, peer));
            var rank = Rank(copyset, failed, live, availability, chosen[0].PeerIndex);
            if (rank != best)
            {
                Assert.Fail($"{chosen[0]} of rank {rank} was chosen for {copyset.Members[failed]}, but there was one of rank {best}. Live: "
                    + string.Join(", ", live.Select(peer => topology[peer].Location)));
            }
        }
    }

    private static int Rank(PlacedCopyset copyset, int failed, List<int> live, TestAvailability availability, int peer)
    {
        var topology = copyset.Topology;
        var tier = copyset.Members[failed].Tier;
        var location = topology[peer].Location;
        var isUnusedZone = live.TrueForAll(other => topology[other].Location != location);
        var isUnusedRegion = live.TrueForAll(other => topology[other].Location.Region != location.Region);
        var own = copyset.TargetAt(peer).Tier;
        var isOwnTier = tier == PlacementTier.Any || own == (tier == PlacementTier.Local ? PlacementTier.SameZone : tier);
        var rank = !isOwnTier ? (isUnusedZone ? 3 : 4)
            : tier == PlacementTier.OtherRegion ? (isUnusedRegion ? 0 : isUnusedZone ? 1 : 2)
            : isUnusedZone ? 0 : 2;
        return rank + (availability.Of(peer) == PeerAvailability.Avoided ? 10 : 0);
    }
}
