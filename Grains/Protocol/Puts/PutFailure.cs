using System.Collections.Immutable;
using AllData.Errors;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>Says why a put failed, and what is known about the event.</summary>
internal sealed class PutFailure(
    PlacedCopyset copyset, CommitRequirement requirement, ReplicaLedger ledger, ImmutableArray<Replica> holders)
{
    /// <summary>The commit level can no longer be reached.</summary>
    public PutException Unreachable()
    {
        if (FindRefusal(AppendStatus.Conflict) is { Conflict: { } conflict } refused)
        {
            var message = $"Key {conflict.Key} is taken by another event: {refused.Reason}";
            return new KeyConflictException(message, conflict) { Written = Written };
        }

        if (FindRefusal(AppendStatus.Invalid) is { } invalid)
        {
            return new InvalidEventException($"Peer '{invalid.Target.Peer}' refused the block: {invalid.Reason}") { Written = Written };
        }

        if (FindRefusal(AppendStatus.IntervalNotOpen) is { } closed)
        {
            return new InvalidKeyException($"Peer '{closed.Target.Peer}' refused the block: {closed.Reason}") { Written = Written };
        }

        return IsAllOverloaded() ? Overloaded() : NotReached();
    }

    /// <summary>It is known before anything is sent that the commit level cannot be reached.</summary>
    /// <param name="ready">The peers that could take the block now.</param>
    /// <param name="reach">How far the put could come; null while no region is cut off.</param>
    public PutException UnreachableFromTheStart(ImmutableArray<ReplicaTarget> ready, PutReach? reach)
    {
        // Where copies of an earlier attempt exist, naming them is worth more.
        if (holders.IsEmpty && reach?.FindShortage(requirement) is { } reachable)
        {
            return TooFewRegions(reachable, reach.CutOff);
        }

        if (holders.IsEmpty && requirement.Leaving is { } leaving && !leaving.AreLeftBy([.. ready.Select(static peer => peer.ToReplica())]))
        {
            return new ClusterDroppedException(
                $"{requirement} are needed, and no peer outside can take one now, so none was sent. Put through a cluster that stays. {leaving.Word.Sentence}",
                leaving.Word.DocumentVersion);
        }

        var topology = copyset.Topology;
        var isPossibleWithAllAlive = topology.ActivePeers >= requirement.Needed
            && topology.ActiveZones >= requirement.Spread.Zones && topology.ActiveRegions >= requirement.Spread.Regions;
        return isPossibleWithAllAlive
            ? NotReached($"{Describe(ready)} can take a replica now, so none was sent", ready, reach?.CutOff)
            : new NotEnoughPeersException(
                $"{requirement} are needed, and {topology.ActivePeers} active peers in {topology.ActiveZones} zones and "
                + $"{topology.ActiveRegions} regions are registered. Start or add peers, or ask for less.",
                requirement.ReplicationFactor, topology.ActivePeers)
            { Written = Written };
    }

    /// <summary>The put's deadline has passed.</summary>
    public PutException DeadlinePassed()
    {
        var pending = ledger.Attempts.Where(attempt => attempt.IsOpen).Select(attempt => attempt.Target.Peer).ToImmutableArray();
        return new PutOutcomeUnknownException(
            $"The deadline passed with {holders.Length} replicas stored where {requirement} are needed; not answered: "
            + $"{string.Join(", ", pending)}. Retry with the same key: it finds what is there.",
            holders, pending);
    }

    private WrittenState Written
    {
        get
        {
            if (!holders.IsEmpty)
            {
                return WrittenState.SomeCopies;
            }

            // A failed or late peer may have written before it fell silent; one that refused or pushed back has not.
            var mayBeWritten = ledger.Attempts.Any(attempt => attempt.WasSent && (attempt.IsOpen || attempt.State == AttemptState.Failed));
            return mayBeWritten ? WrittenState.Unknown : WrittenState.Nothing;
        }
    }

    private ReplicaAttempt? FindRefusal(AppendStatus status) => ledger.Attempts.FirstOrDefault(attempt => attempt.Refusal == status);

    private bool IsAllOverloaded()
    {
        var sent = ledger.Attempts.Where(attempt => attempt.WasSent).ToList();
        return holders.IsEmpty && sent.Count > 0 && sent.TrueForAll(attempt => attempt.State == AttemptState.Overloaded);
    }

    private OverloadedException Overloaded()
    {
        var retryAfter = ledger.Attempts.Max(attempt => attempt.RetryAfter);
        return new OverloadedException(
            $"All {ledger.Attempts.Count} replicas asked have full queues. Try again in {retryAfter.TotalSeconds:0.###} s.", retryAfter);
    }

    private CommitLevelNotReachedException NotReached() => NotReached($"{holders.Length} are stored and too few can follow", [], null);

    private CommitLevelNotReachedException NotReached(string why, ImmutableArray<ReplicaTarget> ready, CutOffRegions? cutOff)
    {
        var failures = CollectFailures(ready, cutOff);
        var local = requirement.NeedsLocal && !copyset.Members.Any(static m => m.Tier == PlacementTier.Local)
            ? " This silo's own peer takes no replicas now: put through a silo whose peer does, or use another level." : "";
        return new CommitLevelNotReachedException(
            $"{requirement} are needed; {why}.{local} "
            + $"{string.Join(' ', failures.Select(failure => $"{failure.Peer}: {failure.Reason}"))} Retry with the same key.",
            requirement.Needed, holders, failures)
        { Written = Written };
    }

    private ImmutableArray<ReplicaFailure> CollectFailures(ImmutableArray<ReplicaTarget> ready, CutOffRegions? cutOff)
    {
        var failures = ImmutableArray.CreateBuilder<ReplicaFailure>();
        foreach (var member in copyset.Members.Where(member => ledger.Find(member.PeerIndex) is null && !ready.Any(peer => peer.PeerIndex == member.PeerIndex)))
        {
            var region = member.Location.Region;
            failures.Add(new ReplicaFailure(member.Peer, cutOff?.IsOwed(region) == true
                ? $"It was skipped: region '{region}' is cut off."
                : cutOff?.Contains(region) == true ? $"It was skipped: the cluster of region '{region}' has dropped this one."
                : "It was skipped: no silo hosts it, or it failed a moment ago."));
        }

        foreach (var attempt in ledger.Attempts.Where(attempt => attempt.WasSent && attempt.Reason is not null))
        {
            failures.Add(new ReplicaFailure(attempt.Target.Peer, attempt.Reason!));
        }

        return failures.DrainToImmutable();
    }

    private NotEnoughRegionsException TooFewRegions((int Zones, int Regions) reachable, CutOffRegions cutOff)
    {
        var outages = cutOff.All.Where(static region => !region.HasDropped)
            .Select(static region => new RegionOutage(region.Region, region.Since)).ToImmutableArray();
        var demand = requirement.Spread;
        var (demanded, reached) = reachable.Regions < demand.Regions
            ? ($"{demand.Regions} regions", Count(reachable.Regions, "region"))
            : ($"{demand.Zones} zones", Count(reachable.Zones, "zone"));
        return new NotEnoughRegionsException(
            $"The put demands {demanded}, and {reached} can be reached: {string.Join(", ", outages)}. Nothing was sent. Try again when the region can be "
            + "reached again, ask for less, or name with 'else' the level that is enough meanwhile.",
            outages)
        {
            MinRegions = demand.Regions,
            ReachableRegions = reachable.Regions,
            MinZones = demand.Zones,
            ReachableZones = reachable.Zones,
        };
    }

    private static string Describe(ImmutableArray<ReplicaTarget> ready) =>
        $"{Count(ready.Length, "peer")} in {Count(ready.DistinctBy(static peer => peer.Location).Count(), "zone")} and "
        + Count(ready.DistinctBy(static peer => peer.Location.Region).Count(), "region");

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
