using System.Collections.Immutable;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol;
using AllData.Replication;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Asks about a given key before anything is written: its issuer, then every registered peer.</summary>
internal sealed class GivenKeys(World world, SimulatedSilo silo)
{
    /// <summary>What those who answer hold under the key.</summary>
    /// <exception cref="PutException">It is taken, may not be given, or too few have answered.</exception>
    public async Task<GivenKeyVerdict> LookUpAsync(KeyedEvent given, LiveTopology live, PlacedCopyset copyset, CommitRequirement requirement)
    {
        var offered = new KeyDigest(given.Key, EventDigest.Of(given.Key, given.Payload.Span));
        var now = silo.Clock.UnixMilliseconds;
        var issuance = await AskIssuerAsync(given.Key, live);
        var isPuttable = GivenKeyRules.WhyRefused(given.Key, now, world.Settings.IntervalLength, issuance) is null
            && !GivenKeyRules.NeedsIssuer(given.Key, now, issuance);
        var peers = PeersToAsk(live, copyset);
        var answers = await Task.WhenAll(peers.Select(peer => TryCallAsync(peer.Peer, other => other.LookUpToPut(
            isPuttable ? new KeyInquiry([offered], []) : new KeyInquiry([], [given.Key])))));
        var verdict = GivenKeyVerdict.Of(offered, peers.Zip(answers).Where(static a => !a.Second.IsDefault).Select(static a => (a.First, a.Second[0])));
        Check(verdict, isPuttable, Silent(live, answers.Count(static a => !a.IsDefault)), requirement);
        return verdict;
    }

    private void Check(GivenKeyVerdict verdict, bool isPuttable, int silent, CommitRequirement requirement)
    {
        if (verdict.Conflict is { } conflict)
        {
            throw new KeyConflictException("The key is taken.", conflict);
        }

        if (verdict.IsCommitted(requirement))
        {
            return;
        }

        if (world.Settings.Bug != PlantedBug.PutBlindly && !GivenKeyVerdict.IsConclusive(silent, requirement.ReplicationFactor))
        {
            throw new PutOutcomeUnknownException("Too few peers have answered.", [], []);
        }

        if (!isPuttable)
        {
            throw new InvalidKeyException("The key may not be given, or not yet.");
        }
    }

    private static int Silent(LiveTopology live, int answered) =>
        Enumerable.Range(0, live.Topology.Count).Count(i => live.Topology[i].Stores) - answered;

    // The planted bug asks only whom the block would go to, as if what lies elsewhere were nothing to it.
    private List<ReplicaTarget> PeersToAsk(LiveTopology live, PlacedCopyset copyset) => world.Settings.Bug == PlantedBug.PutBlindly
        ? copyset.Members.Where(t => live.IsHosted(t.PeerIndex)).ToList()
        : [.. Enumerable.Range(0, live.Topology.Count).Where(i => live.Topology[i].Stores && live.IsHosted(i)).Select(copyset.TargetAt)];

    private async Task<KeyIssuance> AskIssuerAsync(EventKey key, LiveTopology live)
    {
        if (!live.Topology.TryGetPeerOfOrdinal(key.Ordinal, out var issuer) || live.Topology.IndexOf(issuer) is not (>= 0 and var index)
            || !live.IsHosted(index))
        {
            return KeyIssuance.NotKnown;
        }

        var said = await TryCallAsync(issuer, other => ImmutableArray.Create(other.Coordinator.Judge(key)));
        return said.IsDefault ? KeyIssuance.NotKnown : said[0];
    }

    private async Task<ImmutableArray<T>> TryCallAsync<T>(PeerId peer, Func<SimulatedSilo, ImmutableArray<T>> ask)
    {
        silo.Health.OnAsked(peer, silo.Clock.Monotonic);
        try
        {
            var answer = await world.Network.CallAsync(silo, world.Find(peer), other => Task.FromResult(ask(other)))
                .WaitAsync(SimulatedSilo.ReplicaDeadline, silo.Time);
            _ = silo.Health.OnProbeAnswered(peer, silo.Clock.Monotonic);
            return answer;
        }
        catch (Exception e) when (e is not SimulationFailure)
        {
            silo.Health.OnThrown(peer, e, silo.Clock.Monotonic);
            return default;
        }
    }
}
