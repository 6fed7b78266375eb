using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Remote;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Coordination;

/// <summary>Asks about given keys: their issuers and the peers that may hold them, one call for each and each within the replica deadline.</summary>
internal sealed partial class SuppliedKeyInquirer(
    IReplicas replicas,
    PeerHealth health,
    PeerInstruments instruments,
    TimeProvider time,
    ILogger<SuppliedKeyInquirer> logger)
{
    /// <summary>What each key's issuing silo says of it; <see cref="KeyIssuance.NotKnown"/> if that silo is silent or does not exist.</summary>
    public async Task<Dictionary<EventKey, KeyIssuance>> AskIssuersAsync(LiveTopology live, ImmutableArray<EventKey> keys, long now)
    {
        var issuances = keys.ToDictionary(static key => key, static _ => KeyIssuance.NotKnown);
        var answers = await Task.WhenAll(keys.GroupBy(static key => key.Ordinal)
            .Where(group => IssuerOf(live, group.Key, group.Any(key => SuppliedKeyRules.NeedsIssuer(key, now, KeyIssuance.NotKnown))) is not null)
            .Select(async group =>
            {
                ImmutableArray<EventKey> asked = [.. group];
                var issuer = live.Topology.TryGetPeerOfOrdinal(group.Key, out var peer) ? peer : default;
                return (Asked: asked, Said: await TryCallAsync(issuer, asked.Length, replica => replica.JudgeKeysAsync(asked)));
            }));
        foreach (var (asked, said) in answers.Where(static a => !a.Said.IsDefault))
        {
            for (var i = 0; i < asked.Length; i++)
            {
                issuances[asked[i]] = said[i];
            }
        }

        return issuances;
    }

    /// <summary>
    /// Asks every registered storing peer, and says which were silent. The peers of regions that are cut off are not asked and are not silent: otherwise no
    /// given key could be put for as long as a link is away.
    /// </summary>
    public async Task<HolderAnswers> AskHoldersAsync(SuppliedKeyLookUp.Plan plan, KeyInquiry inquiry, int replicationFactor)
    {
        var live = plan.Live;
        ReplicaTarget[] storing =
            [.. Enumerable.Range(0, live.Topology.Count).Where(i => live.Topology[i].Stores && !live.IsCutOff(i)).Select(plan.Copyset.TargetAt)];
        var alive = Array.FindAll(storing, t => live.Of(t.PeerIndex) == PeerAvailability.Available);
        if (!SuppliedKeyVerdict.IsConclusive(storing.Length - alive.Length, replicationFactor))
        {
            // Peers that were silent a moment ago may take the whole deadline: wait for them only if nothing could be decided otherwise.
            alive = Array.FindAll(storing, t => live.IsHosted(t.PeerIndex));
        }

        var count = inquiry.Claiming.Length + inquiry.Looking.Length;
        var answers = count == 0 ? [] : await Task.WhenAll(alive.Select(async target =>
            (Peer: target, Held: await TryCallAsync(target.Peer, count, replica => replica.LookUpToPutAsync(inquiry)))));
        var answered = answers.Where(static a => !a.Held.IsDefault).Select(static a => (a.Peer, a.Held.ToDictionary(static h => h.Key))).ToList();
        var silent = storing.Select(static t => t.Peer).Except(answered.Select(static a => a.Peer.Peer)).ToList();
        return new HolderAnswers(answered, silent, replicationFactor);
    }

    private static PeerId? IssuerOf(LiveTopology live, int ordinal, bool isUrgent)
    {
        // The ordinal of a former data directory has no say any more: its successor issues under another one.
        if (!live.Topology.TryGetPeerOfOrdinal(ordinal, out var peer)
            || live.Topology.IndexOf(peer) is not (>= 0 and var index)
            || live.Topology[index].Ordinal != ordinal
            || live.Topology[index].IsPutOnly)
        {
            return null;
        }

        var availability = live.Of(index);
        return availability == PeerAvailability.Available || (isUrgent && availability == PeerAvailability.Avoided) ? peer : null;
    }

    private async Task<ImmutableArray<T>> TryCallAsync<T>(PeerId peer, int keys, Func<IReplica, Task<ImmutableArray<T>>> call)
    {
        health.OnAsked(peer, Now);
        try
        {
            var answer = await call(replicas.Of(peer));
            if (health.OnProbeAnswered(peer, Now))
            {
                instruments.OnPeerDeath(real: false);
            }

            return answer;
        }
        catch (Exception e)
        {
            health.OnFailure(peer, replicas.FailureOf(e), Now);
            LogSilent(e, peer, keys);
            return default;
        }
    }

    private long Now => time.GetMonotonicMilliseconds();

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not answer a question about {Keys} given keys")]
    private partial void LogSilent(Exception exception, PeerId peer, int keys);
}
