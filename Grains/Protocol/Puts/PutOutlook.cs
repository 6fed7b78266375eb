using System.Collections.Immutable;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Protocol.Puts;

/// <summary>
/// What the ledger of a put means: whether the put is committed, whether it still can be, and which peer could replace a failed one.
/// <see cref="PutEngine"/> draws the conclusions.
/// </summary>
internal sealed class PutOutlook(
    PlacedCopyset copyset, CommitRequirement requirement, IPeerAvailability availability, Random random, ReplicaLedger ledger, CutOffRegions? cutOff)
{
    /// <summary>Whether the peers that hold the block durably meet the requirement.</summary>
    public bool IsMet() => copyset.Meets(requirement, ledger.CollectHolders(stackalloc int[ledger.MaxPeers]));

    /// <summary>Whether holders, peers that may still answer and the spares that may follow them can meet the requirement.</summary>
    public bool IsPossible()
    {
        Span<int> scratch = stackalloc int[ledger.MaxPeers];
        var possible = ledger.CollectPossible(scratch);
        if (copyset.Meets(requirement, possible))
        {
            return true;
        }

        // A spare only ever follows a peer that fails or falls silent: with no peer left that can, there will be no more spares.
        return ledger.Pending > 0 && MeetsWithSpares(possible);
    }

    /// <summary>Whether the requirement can be met without any further spare.</summary>
    public bool IsPossibleAsIs() => copyset.Meets(requirement, ledger.CollectPossible(stackalloc int[ledger.MaxPeers]));

    /// <summary>The oldest attempt whose peer another one is to stand in for; null when there is none.</summary>
    public ReplicaAttempt? FindDue(bool isAcknowledged) => ledger.FirstDue()
        ?? (ledger.Withheld > 0 && !isAcknowledged && !IsExpected() ? ledger.FirstWithheld() : null);

    /// <summary>A spare for a failed peer, if one is needed: for a missing copy, or to meet the requirement.</summary>
    /// <returns>Its peer index; -1 when none is needed or there is none.</returns>
    public int FindSpare(PlacementTier failed, bool isAcknowledged)
    {
        Span<int> used = stackalloc int[ledger.MaxPeers];
        Span<int> taken = stackalloc int[ledger.MaxPeers];
        used = ledger.CollectExpected(used);
        var lacksCopies = ledger.PlacesTaken + ledger.Withheld < copyset.Members.Length;
        var lacksCommit = !isAcknowledged && !copyset.Meets(requirement, used);
        if (!lacksCopies && !lacksCommit)
        {
            return -1;
        }

        taken = ledger.CollectTaken(taken);
        if (lacksCommit && FindStaying(failed, used, taken) is var staying and >= 0)
        {
            return staying;
        }

        var search = new SpareSearch(copyset, availability, random, used, taken);
        var missing = isAcknowledged ? default : PlacementRules.Missing(copyset.Topology.Layout, requirement.Spread, used);
        var adding = search.FindAdding(missing, failed);
        var isAnyWelcome = lacksCopies || used.Length < requirement.Needed;
        if (adding >= 0 || !isAnyWelcome)
        {
            return adding;
        }

        // Beyond that, the policy's wishes are no reason to wait for a peer that is avoided.
        var keeping = search.FindAvailableAdding(copyset.MissingFor(requirement, used), failed);
        return keeping >= 0 ? keeping : search.FindAny(failed);
    }

    /// <summary>The peers that hold the block durably, as a receipt names them.</summary>
    public ImmutableArray<Replica> Holders()
    {
        Span<int> scratch = stackalloc int[ledger.MaxPeers];
        var holders = ImmutableArray.CreateBuilder<Replica>();
        foreach (var peer in ledger.CollectHolders(scratch))
        {
            holders.Add(copyset.TargetAt(peer).ToReplica());
        }

        return holders.DrainToImmutable();
    }

    /// <summary>The peers that were sent the block, do not hold its events yet and may still answer.</summary>
    public ImmutableArray<Replica> Pending()
    {
        Span<int> scratch = stackalloc int[ledger.MaxPeers];
        var holders = ledger.CollectHolders(scratch);
        var pending = ImmutableArray.CreateBuilder<Replica>();
        foreach (var attempt in ledger.Attempts)
        {
            if (attempt.IsOpen && !holders.Contains(attempt.Target.PeerIndex))
            {
                pending.Add(attempt.Target.ToReplica());
            }
        }

        return pending.DrainToImmutable();
    }

    /// <summary>The regions that the holders lie in, and those that are owed a copy; null where the store has one cluster.</summary>
    public RegionCoverage? Regions()
    {
        if (cutOff is null)
        {
            return null;
        }

        Span<int> meant = stackalloc int[copyset.Members.Length];
        for (var i = 0; i < meant.Length; i++)
        {
            meant[i] = copyset.Members[i].PeerIndex;
        }

        return HeldRegions.Of(copyset.Topology, meant, ledger.CollectHolders(stackalloc int[ledger.MaxPeers]), requirement, cutOff);
    }

    /// <summary>Whether the holders lie where the policy wants them.</summary>
    /// <param name="regions">The regions that they lie in.</param>
    public Adherence Adherence(RegionCoverage? regions)
    {
        // A place for which there is neither a peer nor a spare: repair fills it later.
        if (ledger.PlacesTaken < copyset.Policy.ReplicationFactor)
        {
            return Replication.Adherence.UnderReplicated;
        }

        foreach (var holder in ledger.CollectHolders(stackalloc int[ledger.MaxPeers]))
        {
            if (!copyset.Contains(holder))
            {
                return Replication.Adherence.Relaxed;
            }
        }

        return copyset.IsSpread && regions is not { Owed.Length: > 0 } ? Replication.Adherence.Strict : Replication.Adherence.Relaxed;
    }

    /// <summary>Whether the requirement is met if all that are expected to answer in time do so.</summary>
    private bool IsExpected() => copyset.Meets(requirement, ledger.CollectExpected(stackalloc int[ledger.MaxPeers]));

    /// <summary>A spare outside the regions that leave the store, where none of the peers lies outside; otherwise -1.</summary>
    private int FindStaying(PlacementTier failed, ReadOnlySpan<int> used, ReadOnlySpan<int> taken) =>
        requirement.Leaving is { } leaving && !leaving.AreLeftBy(copyset.Topology.Layout, used)
            ? new SpareSearch(copyset, availability, random, leaving.Representatives(copyset.Topology).AsSpan(), taken)
                .FindAdding(new MissingDomains(Zones: 0, Regions: 1), failed)
            : -1;

    private bool MeetsWithSpares(ReadOnlySpan<int> possible)
    {
        var layout = availability.Alive.Layout;
        Span<int> scratch = stackalloc int[ledger.MaxPeers];
        var taken = ledger.CollectTaken(scratch);
        var reach = new DomainReach(layout, copyset.Site.Peer, requirement);
        foreach (var peer in possible)
        {
            reach.Add(peer);
        }

        for (var slot = 0; slot < layout.ActivePeers && !reach.IsEnough(); slot++)
        {
            var peer = layout.PeerOfSlot(slot);
            if (!taken.Contains(peer) && availability.Of(peer) != PeerAvailability.Dead)
            {
                reach.Add(peer);
            }
        }

        return reach.IsEnough();
    }
}
