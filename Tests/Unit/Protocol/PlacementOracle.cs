using AllData.Peers;
using AllData.Protocol.Placement;

namespace AllData.Tests.Unit.Protocol;

/// <summary>
/// The rules for a copyset said a second time, simply: all results that are legal, each with its probability, found by following every
/// choice. A result is written <c>p1:Local p4:OtherZone ...</c>, ascending by name.
/// </summary>
internal sealed class PlacementOracle(TopologySnapshot topology, PlacementPolicy policy, LocalPeer local)
{
    private readonly List<PeerDescriptor> _active = [.. topology.Peers.Where(peer => peer.Stores && peer.Status == PeerStatus.Active)];
    private readonly int _storing = topology.Peers.Count(peer => peer.Stores);
    private readonly PeerLocation _home = topology.Peers.FirstOrDefault(peer => peer.Id == local.Id)?.Location ?? local.Location;
    private readonly Dictionary<string, double> _results = [];

    public static string Describe(IEnumerable<(string Peer, PlacementTier Tier)> chosen) =>
        string.Join(' ', chosen.Select(c => $"{c.Peer}:{c.Tier}").Order(StringComparer.Ordinal));

    public static string Describe(PlacedCopyset copyset) => Describe(copyset.Members.Select(member => (member.Peer.Value, member.Tier)));

    public IReadOnlyDictionary<string, double> Enumerate()
    {
        _results.Clear();
        Follow([], 1);
        return _results;
    }

    private void Follow(List<(PeerDescriptor Peer, PlacementTier Tier)> chosen, double probability)
    {
        if (chosen.Count == Math.Min(policy.ReplicationFactor, _storing))
        {
            var result = Describe(chosen.Select(c => (c.Peer.Id.Value, c.Tier)));
            _results[result] = _results.GetValueOrDefault(result) + probability;
            return;
        }

        var (tier, choices) = Choices(chosen);
        foreach (var (peer, share) in choices)
        {
            Follow([.. chosen, (peer, tier)], probability * share);
        }
    }

    /// <summary>Peers that take no replicas now complete the copyset: by status, then new regions, then new zones, then by chance.</summary>
    private (PlacementTier Tier, List<(PeerDescriptor Peer, double Share)> Choices) Completion(
        List<(PeerDescriptor Peer, PlacementTier Tier)> chosen)
    {
        PeerStatus[] order = [PeerStatus.Away, PeerStatus.ReadOnly, PeerStatus.Draining];
        var best = topology.Peers
            .Where(peer => peer.Stores && !chosen.Exists(c => c.Peer == peer))
            .GroupBy(peer => (
                Array.IndexOf(order, peer.Status),
                chosen.Exists(c => c.Peer.Location.Region == peer.Location.Region),
                chosen.Exists(c => c.Peer.Location == peer.Location)))
            .MinBy(group => group.Key)!.ToList();
        return (PlacementTier.Any, best.ConvertAll(peer => (peer, 1.0 / best.Count)));
    }

    private (PlacementTier Tier, List<(PeerDescriptor Peer, double Share)> Choices) Choices(
        List<(PeerDescriptor Peer, PlacementTier Tier)> chosen)
    {
        bool Wants(PlacementTier tier, int limit) => chosen.Count(c => c.Tier == tier) < limit;
        var left = _active.Except(chosen.Select(c => c.Peer)).ToList();
        if (left.Count == 0)
        {
            return Completion(chosen);
        }

        var otherZones = left.Where(peer => peer.Location.Region == _home.Region && peer.Location != _home).ToList();
        var otherRegions = left.Where(peer => peer.Location.Region != _home.Region).ToList();
        var sameZone = left.Where(peer => peer.Location == _home).ToList();
        if (left.Find(peer => peer.Id == local.Id) is { } own)
        {
            return (PlacementTier.Local, [(own, 1)]);
        }

        return otherZones.Count > 0 && Wants(PlacementTier.OtherZone, policy.OtherZoneReplicas)
                ? (PlacementTier.OtherZone, SpreadOverZones(otherZones))
            : otherRegions.Count > 0 && Wants(PlacementTier.OtherRegion, policy.OtherRegionReplicas)
                ? (PlacementTier.OtherRegion, SpreadOverRegions(otherRegions))
            : sameZone.Count > 0 ? (PlacementTier.SameZone, SpreadOverZones(sameZone))
            : otherZones.Count > 0 ? (PlacementTier.Any, SpreadOverZones(otherZones))
            : (PlacementTier.Any, SpreadOverRegions(otherRegions));

        List<(PeerDescriptor, double)> SpreadOverZones(List<PeerDescriptor> peers) =>
            Spread(peers, peer => peer.Location, inDomain => [.. inDomain.Select(peer => (peer, 1.0 / inDomain.Count))]);

        List<(PeerDescriptor, double)> SpreadOverRegions(List<PeerDescriptor> peers) =>
            Spread(peers, peer => peer.Location.Region, SpreadOverZones);

        // Only the domains with the fewest chosen peers are in question, each of them equally.
        List<(PeerDescriptor, double)> Spread<TDomain>(List<PeerDescriptor> peers, Func<PeerDescriptor, TDomain> domainOf,
            Func<List<PeerDescriptor>, List<(PeerDescriptor Peer, double Share)>> within)
            where TDomain : notnull
        {
            var byUse = peers.GroupBy(domainOf)
                .GroupBy(domain => chosen.Count(c => domainOf(c.Peer).Equals(domain.Key)))
                .MinBy(use => use.Key)!.ToList();
            return [.. byUse.SelectMany(domain => within([.. domain]).Select(choice => (choice.Peer, choice.Share / byUse.Count)))];
        }
    }
}
