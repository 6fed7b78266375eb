using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Diagnostics;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// Looks given keys up before anything is written, at the copyset that the block would get and at the peers that issued the keys: what is
/// held already is found, what is taken is refused.
/// </summary>
internal sealed partial class GivenKeyLookUp(
    IGrainFactory grains,
    TopologyCache topologies,
    Copysets copysets,
    PeerHealth health,
    AllDataMetrics metrics,
    IOptions<AllDataOptions> options,
    TimeProvider time,
    ILogger<GivenKeyLookUp> logger)
{
    private readonly AllDataOptions _options = options.Value;

    /// <summary>An event under a given key: its places in the call, and either its answer or the peers that hold it already.</summary>
    internal sealed record Resolved(int[] Indexes, KeyedEvent Event, PutAnswer? Answer, ImmutableArray<ReplicaTarget> HeldBy);

    /// <summary>What the look-up was planned with, and what is left is put with: indexes of peers mean the same in both.</summary>
    internal sealed record Plan(LiveTopology Live, PlacedCopyset Copyset);

    /// <summary>What became of all of a call's events, ascending by key, and the plan for those that remain.</summary>
    internal sealed record Resolution(List<Resolved> Events, Plan Plan);

    /// <summary>Two sets of holders are the same when they name the same peers in the same order.</summary>
    public static IEqualityComparer<ImmutableArray<ReplicaTarget>> SameHolders { get; } =
        EqualityComparer<ImmutableArray<ReplicaTarget>>.Create(
            static (a, b) => a.AsSpan().SequenceEqual(b.AsSpan()),
            static holders => holders.Length == 0 ? 0 : HashCode.Combine(holders.Length, holders[0].PeerIndex));

    /// <summary>Resolves the events of one call.</summary>
    public async Task<Resolution> ResolveAsync(IReadOnlyList<KeyedEvent> events, CommitRequirement requirement, long now)
    {
        var live = topologies.Current;
        var plan = new Plan(live, copysets.Next(live.Topology));
        var resolved = Distinct(events);
        var answers = await AskAsync(PeersToAsk(plan, resolved), [.. resolved.Where(r => r.Answer is null).Select(r => r.Event.Key)]);
        return new Resolution(resolved.ConvertAll(r => r.Answer is null ? Judge(r, answers, requirement, now) : r), plan);
    }

    /// <summary>The same key twice in one call is one event when the bytes are the same; otherwise the first stands.</summary>
    private static List<Resolved> Distinct(IReadOnlyList<KeyedEvent> events)
    {
        var resolved = new List<Resolved>(events.Count);
        foreach (var group in Enumerable.Range(0, events.Count).GroupBy(i => events[i].Key).OrderBy(g => g.Key))
        {
            var first = events[group.First()];
            var same = group.Where(i => events[i].Payload.Span.SequenceEqual(first.Payload.Span)).ToArray();
            resolved.Add(new Resolved(same, first, null, []));
            foreach (var other in group.Except(same))
            {
                var conflict = new KeyConflict(group.Key, DigestOf(first), DigestOf(events[other]));
                resolved.Add(new Resolved([other], events[other], PutAnswer.Failed(ConflictError(conflict)), []));
            }
        }

        return resolved;
    }

    private Resolved Judge(
        Resolved one, List<(ReplicaTarget Peer, Dictionary<EventKey, HeldKey> Held)> answers, CommitRequirement requirement, long now)
    {
        var verdict = GivenKeyVerdict.Of(
            new KeyDigest(one.Event.Key, DigestOf(one.Event)),
            answers.Where(a => a.Held.ContainsKey(one.Event.Key)).Select(a => (a.Peer, a.Held[one.Event.Key])));
        if (verdict.Conflict is { } conflict)
        {
            return one with { Answer = PutAnswer.Failed(ConflictError(conflict)) };
        }

        if (verdict.IsCommitted(requirement))
        {
            return one with
            {
                Answer = new PutAnswer
                {
                    Outcome = PutOutcome.AlreadyStored,
                    Replicas = [.. verdict.Holders.Select(h => h.ToReplica())],
                    Level = requirement.Level,
                    Adherence = Adherence.Strict,
                },
            };
        }

        // The rules for new keys come after the look-up: what is held already is found for ever, also when its interval is closed.
        return GivenKeyRules.WhyRefused(one.Event.Key, now, _options.IntervalLength) is { } reason
            ? one with { Answer = PutAnswer.Failed(new InvalidKeyException(reason, one.Event.Key)) }
            : one with { HeldBy = verdict.Holders };
    }

    private static List<ReplicaTarget> PeersToAsk(Plan plan, List<Resolved> resolved)
    {
        var topology = plan.Live.Topology;
        var ask = plan.Copyset.Members.ToList();
        foreach (var ordinal in resolved.Select(r => r.Event.Key.Ordinal).Distinct())
        {
            if (topology.TryGetPeerOfOrdinal(ordinal, out var peer)
                && topology.IndexOf(peer) is >= 0 and var index
                && !ask.Exists(t => t.PeerIndex == index))
            {
                ask.Add(new ReplicaTarget(index, peer, topology[index].Location, PlacementTier.Any));
            }
        }

        // Who was silent a moment ago would make every retry wait the whole deadline again.
        return ask.FindAll(t => plan.Live.Of(t.PeerIndex) == PeerAvailability.Available);
    }

    private async Task<List<(ReplicaTarget Peer, Dictionary<EventKey, HeldKey> Held)>> AskAsync(
        List<ReplicaTarget> peers, ImmutableArray<EventKey> keys)
    {
        var answers = await Task.WhenAll(peers.Select(async peer => (Peer: peer, Held: await TryAskAsync(peer.Peer, keys))));
        return [.. answers.Where(a => a.Held is not null).Select(a => (a.Peer, a.Held!))];
    }

    private async Task<Dictionary<EventKey, HeldKey>?> TryAskAsync(PeerId peer, ImmutableArray<EventKey> keys)
    {
        health.OnAsked(peer, Now);
        try
        {
            var held = await grains.GetReplica(peer).LookUp(keys).WaitAsync(_options.Deadlines.Replica, time);
            if (health.OnProbeAnswered(peer, Now))
            {
                metrics.OnPeerDeath(real: false);
            }

            return held.ToDictionary(h => h.Key);
        }
        catch (Exception e)
        {
            // An unreachable peer is asked nothing: should it hold other bytes, the conflict surfaces when the copies meet.
            health.OnThrown(peer, e, Now);
            LogSilent(e, peer, keys.Length);
            return null;
        }
    }

    private long Now => time.GetMonotonicMilliseconds();

    private static EventDigest DigestOf(KeyedEvent e) => EventDigest.Of(e.Key, e.Payload.Span);

    private static KeyConflictException ConflictError(KeyConflict conflict) => new(
        $"Key {conflict.Key} is taken by an event with digest {conflict.Held}; the one offered has {conflict.Offered}. The first stands. "
        + "Put the other under a key of its own.",
        conflict);

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} did not answer a look-up of {Keys} given keys")]
    private partial void LogSilent(Exception exception, PeerId peer, int keys);
}
