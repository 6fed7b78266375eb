using AllData.Coordination;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Looks a given key up before anything is written: at the copyset, and at the peer that issued it.</summary>
internal sealed class GivenKeys(World world, SimulatedSilo silo)
{
    /// <summary>What those who answer hold under the key.</summary>
    public async Task<GivenKeyVerdict> LookUpAsync(KeyedEvent given, LiveTopology live, PlacedCopyset copyset)
    {
        var answers = await Task.WhenAll(PeersToAsk(given.Key, live, copyset).Select(peer => AskAsync(peer, given.Key)));
        return GivenKeyVerdict.Of(
            new KeyDigest(given.Key, EventDigest.Of(given.Key, given.Payload.Span)),
            answers.Where(static a => a.Held is not null).Select(static a => (a.Peer, a.Held!)));
    }

    private static List<ReplicaTarget> PeersToAsk(EventKey key, LiveTopology live, PlacedCopyset copyset)
    {
        var ask = copyset.Members.ToList();
        if (live.Topology.TryGetPeerOfOrdinal(key.Ordinal, out var issuer)
            && live.Topology.IndexOf(issuer) is >= 0 and var index && !ask.Exists(t => t.PeerIndex == index))
        {
            ask.Add(new ReplicaTarget(index, issuer, live.Topology[index].Location, PlacementTier.Any));
        }

        return ask.FindAll(t => live.Of(t.PeerIndex) == PeerAvailability.Available);
    }

    private async Task<(ReplicaTarget Peer, HeldKey? Held)> AskAsync(ReplicaTarget peer, EventKey key)
    {
        silo.Health.OnAsked(peer.Peer, silo.Clock.Monotonic);
        try
        {
            var held = await world.Network.CallAsync(silo, world.Find(peer.Peer), other => Task.FromResult(other.OpenStore().LookUp([key])))
                .WaitAsync(SimulatedSilo.ReplicaDeadline, silo.Time);
            _ = silo.Health.OnProbeAnswered(peer.Peer, silo.Clock.Monotonic);
            return (peer, held[0]);
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            silo.Health.OnThrown(peer.Peer, e, silo.Clock.Monotonic);
            return (peer, null);
        }
    }
}
