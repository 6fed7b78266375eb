using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Encryption;
using AllData.Errors;
using AllData.Events;
using AllData.Membership;
using AllData.Protocol.Blocks;
using AllData.Protocol.Keys;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Puts;
using AllData.Replication;
using Microsoft.Extensions.Options;

namespace AllData.Coordination;

/// <summary>
/// Looks given keys up before anything is written: asks their issuers whether they may be put, and every registered storing peer what it holds under
/// them. A held event is found, a taken key is refused, and nothing is put blindly: if too few peers have answered, the put fails.
/// </summary>
internal sealed class SuppliedKeyLookUp(
    SuppliedKeyInquirer inquirer, PayloadEncoder encoder, ITopologies topologies, ICopysets copysets, ConfiguredFederation federation,
    IOptions<AllDataOptions> options)
{
    private readonly TimeSpan _intervalLength = options.Value.IntervalLength;

    /// <summary>An event under a given key: its places in the call, and either its answer or the peers that hold it already.</summary>
    internal sealed record Resolved(int[] Indexes, KeyedEvent Event, PutAnswer? Answer, ImmutableArray<ReplicaTarget> HeldBy);

    /// <summary>What the look-up was planned with, and what is left is put with: indexes of peers mean the same in both.</summary>
    internal sealed record Plan(LiveTopology Live, PlacedCopyset Copyset);

    /// <summary>The result for each of a call's events, ascending by key, and the plan for the remaining ones.</summary>
    internal sealed record Resolution(List<Resolved> Events, Plan Plan);

    /// <summary>Two sets of holders are the same when they name the same peers in the same order.</summary>
    public static IEqualityComparer<ImmutableArray<ReplicaTarget>> SameHolders { get; } =
        EqualityComparer<ImmutableArray<ReplicaTarget>>.Create(
            static (a, b) => a.AsSpan().SequenceEqual(b.AsSpan()),
            static holders => holders.Length == 0 ? 0 : HashCode.Combine(holders.Length, holders[0].PeerIndex));

    /// <summary>Resolves the events of one call.</summary>
    /// <param name="events">The events as they were put; those of the result are in the form in which they are stored.</param>
    /// <param name="demand">What the put requests.</param>
    /// <param name="now">The time, in milliseconds since 1970 UTC.</param>
    public async Task<Resolution> ResolveAsync(IReadOnlyList<KeyedEvent> events, CommitDemand demand, long now)
    {
        var live = topologies.Current;
        var plan = new Plan(live, copysets.Next(live.Topology));
        var distinct = Distinct(await ToStoredFormAsync(events, plan, demand.First.ReplicationFactor));
        var asked = distinct.FindAll(static r => r.Answer is null);
        var issuances = await inquirer.AskIssuersAsync(live, [.. asked.Select(static r => r.Event.Key)], now);
        var refusals = asked.ConvertAll(r => WhyRefused(live, r.Event.Key, now, issuances[r.Event.Key]));
        var answers = await inquirer.AskHoldersAsync(plan, InquiryOf(asked, refusals), demand.First.ReplicationFactor);
        var judged = asked.Select((r, i) => Judge(r, plan, answers, demand, refusals[i])).ToDictionary(static r => r.Indexes[0]);
        return new Resolution(distinct.ConvertAll(r => judged.GetValueOrDefault(r.Indexes[0], r)), plan);
    }

    // What is held may have been encrypted with a former key, or not at all: it is the same event, and more copies of it have the same bytes. Asked without a
    // claim, because a replica that is asked about one form, in order to put it, takes no other.
    private async Task<IReadOnlyList<KeyedEvent>> ToStoredFormAsync(IReadOnlyList<KeyedEvent> events, Plan plan, int replicationFactor)
    {
        KeyedEvent[] stored = [.. events];
        encoder.Encode(stored);
        if (!encoder.HasSeveralForms)
        {
            return stored;
        }

        var inquiry = new KeyInquiry([], [.. events.Select(static e => e.Key).Distinct()]);
        var answers = await inquirer.AskHoldersAsync(plan, inquiry, replicationFactor);
        for (var i = 0; i < stored.Length; i++)
        {
            var held = answers.Under(events[i].Key).SelectMany(static a => a.Held.Digests).ToHashSet();
            stored[i] = held.Count > 0 && encoder.FindForm(events[i], held.Contains) is { } form ? form : stored[i];
        }

        return stored;
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

    private PutException? WhyRefused(LiveTopology live, EventKey key, long now, KeyIssuance issuance)
    {
        if (SuppliedKeyRules.WhyRefused(key, now, _intervalLength, issuance) is { } reason)
        {
            return new InvalidKeyException(reason, key);
        }

        return SuppliedKeyRules.NeedsIssuer(key, now, issuance) && !IsIssuerCutOff(live, key)
            ? new PutOutcomeUnknownException(
                $"Key {key} is only just old enough to have been issued, and the silo that issues keys of ordinal {key.Ordinal} has not said that it "
                + "has. This put wrote nothing. Retry with the same key in a few seconds.",
                [],
                [],
                key)
            {
                Written = WrittenState.Nothing,
            }
            : null;
    }

    // Its word cannot be had for as long as the link is away. What only it knows shows when the copies meet: as a duplicate, or as a conflict.
    private static bool IsIssuerCutOff(LiveTopology live, EventKey key) => live.Topology.TryGetPeerOfOrdinal(key.Ordinal, out var issuer)
        && live.Topology.IndexOf(issuer) is >= 0 and var index && live.IsCutOff(index);

    // Keys that must not be put are looked up all the same, but without a claim: an event may be held under them.
    private static KeyInquiry InquiryOf(List<Resolved> asked, List<PutException?> refusals) => new(
        [.. asked.Where((_, i) => refusals[i] is null).Select(static r => new KeyDigest(r.Event.Key, DigestOf(r.Event)))],
        [.. asked.Where((_, i) => refusals[i] is not null).Select(static r => r.Event.Key)]);

    private Resolved Judge(Resolved one, Plan plan, HolderAnswers answers, CommitDemand demand, PutException? refusal)
    {
        var digest = DigestOf(one.Event);
        var verdict = SuppliedKeyVerdict.Of(new KeyDigest(one.Event.Key, digest), answers.Under(one.Event.Key));
        if (verdict.Conflict is { } conflict)
        {
            return one with { Answer = PutAnswer.Failed(ConflictError(conflict)) };
        }

        var cutOff = plan.Live.RegionsOf(federation.HasOthers || demand.Else is not null);
        var requirement = demand.Choose(plan.Copyset, plan.Live, cutOff, [.. verdict.Holders.Select(static h => h.PeerIndex).Distinct()]);
        if (verdict.IsCommitted(requirement.Outside(topologies.Current.Leaving), plan.Copyset))
        {
            var (adherence, regions) = HeldAdherence.Of(plan.Live.Topology, digest, answers.Under(one.Event.Key), requirement, cutOff);
            return one with
            {
                Answer = new PutAnswer
                {
                    Outcome = PutOutcome.AlreadyStored,
                    Replicas = [.. verdict.Holders.Select(h => h.ToReplica())],
                    Level = requirement.Level,
                    Adherence = adherence,
                    Topic = one.Event.Topic,
                    Regions = regions is null ? null : regions with { FellBack = demand.HasFallenBack(requirement) },
                },
            };
        }

        // The rules for new keys apply after the look-up: an event that is held can always be found, even after its interval is closed.
        var error = answers.IsConclusive ? refusal : answers.Inconclusive(one.Event.Key, verdict.Holders);
        return error is not null ? one with { Answer = PutAnswer.Failed(error) } : one with { HeldBy = verdict.Holders };
    }

    private static EventDigest DigestOf(KeyedEvent e) => e.Digest;

    private static KeyConflictException ConflictError(KeyConflict conflict) => new(
        $"Key {conflict.Key} is taken by an event with digest {conflict.Held}; the one offered has {conflict.Offered}. The first stands. "
        + "Put the other under a key of its own.",
        conflict);
}
