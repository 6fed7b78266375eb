using AllData.Peers;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Says which peers are responsible for a copyset's copies, slowly: by the words of the rule, on names and lists.</summary>
internal static class ResolverOracle
{
    public static string[] MembersOf(TopologySnapshot topology, CopysetDefinition copyset)
    {
        var members = copyset.Ordinals.Select(o => (Peer: OwnerOf(topology, o), Ordinal: o)).Where(m => m.Peer is not null).ToList();
        foreach (var entry in topology.Replacements)
        {
            var leavers = members.Where(m => m.Peer == entry.Peer.Value && m.Ordinal <= entry.Ordinal).ToList();
            if (leavers.Count == 0)
            {
                continue;
            }

            var others = members.Except(leavers).ToList();
            var before = members.Select(m => m.Peer == entry.Peer.Value ? entry.Location : WhereIs(topology, m.Peer!)).ToList();
            var order =
                from candidate in entry.Candidates
                let peer = OwnerOf(topology, candidate.Ordinal)
                where peer is not null && members.All(m => m.Peer != peer)
                let after = others.Select(m => WhereIs(topology, m.Peer!)).Append(candidate.Location).ToList()
                orderby Regions(after) >= Regions(before) descending,
                    Zones(after) >= Zones(before) descending,
                    candidate.Location.Region == entry.Location.Region descending,
                    candidate.Location == entry.Location descending,
                    Rendezvous.WeightOf(copyset.Id.Value, candidate.Ordinal) descending
                select (Peer: peer, candidate.Ordinal);
            members = [.. others, .. order.Take(1)];
        }

        members.RemoveAll(m => !topology.Peers.Any(p => p.Id.Value == m.Peer && p.Stores));
        while (members.Count < Math.Max(copyset.ReplicationFactor, copyset.Ordinals.Length))
        {
            var places = members.Select(m => WhereIs(topology, m.Peer!)).ToList();
            var order =
                from peer in topology.Peers
                where peer.Stores && peer.Status == PeerStatus.Active && members.All(m => m.Peer != peer.Id.Value)
                orderby places.All(p => p.Region != peer.Location.Region) descending,
                    places.All(p => p != peer.Location) descending,
                    Rendezvous.WeightOf(copyset.Id.Value, peer.Ordinal) descending
                select peer;
            if (order.FirstOrDefault() is not { } added)
            {
                break;
            }

            members.Add((added.Id.Value, added.Ordinal));
        }

        return [.. members.Select(m => m.Peer!).Order()];
    }

    private static string? OwnerOf(TopologySnapshot topology, int ordinal) =>
        topology.Peers.FirstOrDefault(p => p.Ordinal == ordinal)?.Id.Value
        ?? topology.Ordinals.FirstOrDefault(o => o.Ordinal == ordinal)?.Peer.Value;

    private static PeerLocation WhereIs(TopologySnapshot topology, string peer) =>
        topology.Peers.FirstOrDefault(p => p.Id.Value == peer)?.Location
        ?? topology.Replacements.LastOrDefault(r => r.Peer.Value == peer)?.Location
        ?? default;

    private static int Regions(IEnumerable<PeerLocation> places) => places.Where(p => p != default).Select(p => p.Region).Distinct().Count();

    private static int Zones(IEnumerable<PeerLocation> places) => places.Where(p => p != default).Distinct().Count();
}
