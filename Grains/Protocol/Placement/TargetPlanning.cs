using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>A <see cref="PlacementPlan"/> in progress: for each member of the copyset the peer that takes the block, or -1.</summary>
internal ref struct TargetPlanning
{
    private const int Nobody = -1;

    private readonly PlacedCopyset _copyset;
    private readonly CommitRequirement _requirement;
    private readonly IPeerAvailability _availability;
    private readonly Random _random;
    private readonly ReadOnlySpan<int> _held;
    private readonly Span<int> _targets;
    private readonly CutOffRegions? _owing;

    /// <summary>Starts with the members themselves, except the dead ones.</summary>
    /// <param name="copyset">The intended peers.</param>
    /// <param name="requirement">The domains that the targets must reach.</param>
    /// <param name="availability">Which peers can take a block now.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="held">Peers that hold the events already: no spares, but their domains count.</param>
    /// <param name="targets">Takes the result, as long as the copyset.</param>
    /// <param name="owing">Regions whose dead members get a spare only where the requirement needs it; null when there are none.</param>
    public TargetPlanning(PlacedCopyset copyset, CommitRequirement requirement, IPeerAvailability availability, Random random,
        ReadOnlySpan<int> held, Span<int> targets, CutOffRegions? owing)
    {
        _copyset = copyset;
        _requirement = requirement;
        _availability = availability;
        _random = random;
        _held = held;
        _targets = targets;
        _owing = owing;
    }

    public readonly void Run()
    {
        if (TakeMembers())
        {
            ReplaceDead();
            ReplaceAvoided();
            ReplaceDeadByAvoided();
            ReplaceOwedWhereNeeded();
        }

        SwapForStaying();
        SwapForMissingDomains();
    }

    public readonly PlacementPlan ToPlan()
    {
        var (unplaced, owed) = (ImmutableArray<ReplicaTarget>.Empty, ImmutableArray<ReplicaTarget>.Empty);
        var planned = new PlannedReplica[_targets.Length - _targets.Count(Nobody)];
        var count = 0;
        for (var i = 0; i < _targets.Length; i++)
        {
            var member = _copyset.Members[i];
            if (IsOwed(i))
            {
                owed = owed.Add(member);
            }
            else if (_targets[i] == Nobody)
            {
                unplaced = unplaced.Add(member);
            }
            else
            {
                planned[count++] = _targets[i] == member.PeerIndex
                    ? new PlannedReplica(member, null)
                    : new PlannedReplica(_copyset.TargetAt(_targets[i]), member);
            }
        }

        return new PlacementPlan(_copyset, ImmutableCollectionsMarshal.AsImmutableArray(planned), unplaced, owed);
    }

    private readonly bool TakeMembers()
    {
        var areAllAvailable = true;
        for (var i = 0; i < _targets.Length; i++)
        {
            var member = _copyset.Members[i].PeerIndex;

            // A member that is draining, read-only or away takes no copy now, however well it answers.
            var availability = _copyset.Topology.TakesReplicas(member) ? _availability.Of(member) : PeerAvailability.Dead;
            areAllAvailable &= availability == PeerAvailability.Available;
            _targets[i] = availability == PeerAvailability.Dead ? Nobody : member;
        }

        return !areAllAvailable;
    }

    // Dead members come first: an avoided one can still be tried itself when there is only one available spare for both.
    private readonly void ReplaceDead()
    {
        for (var i = 0; i < _targets.Length; i++)
        {
            if (_targets[i] == Nobody && !IsOwed(i))
            {
                _targets[i] = FindAvailable(i);
            }
        }
    }

    private readonly void ReplaceAvoided()
    {
        for (var i = 0; i < _targets.Length; i++)
        {
            var member = _copyset.Members[i].PeerIndex;
            var isNeededItself = _requirement.NeedsLocal && _copyset.Members[i].Tier == PlacementTier.Local;
            if (_targets[i] == member && !isNeededItself && _availability.Of(member) != PeerAvailability.Available)
            {
                _targets[i] = Nobody;
                var spare = FindAvailable(i);
                _targets[i] = spare >= 0 ? spare : member;
            }
        }
    }

    private readonly void ReplaceDeadByAvoided()
    {
        for (var i = 0; i < _targets.Length; i++)
        {
            if (_targets[i] == Nobody && !IsOwed(i))
            {
                _targets[i] = FindAny(i);
            }
        }
    }

    // One copy fewer until the region can be reached again, but never at the price of the put.
    private readonly void ReplaceOwedWhereNeeded()
    {
        Span<int> used = stackalloc int[_held.Length + _targets.Length];
        for (var i = 0; i < _targets.Length; i++)
        {
            if (IsOwed(i) && !_copyset.Meets(_requirement, CollectUsed(used)))
            {
                _targets[i] = FindAny(i);
            }
        }
    }

    /// <summary>Whether a member's place is empty because its region is cut off and is owed the copy.</summary>
    private readonly bool IsOwed(int member) =>
        _owing is not null && _targets[member] == Nobody && _owing.IsOwed(_copyset.Members[member].Location.Region);

    private readonly int FindAny(int member)
    {
        Span<int> used = stackalloc int[_held.Length + _targets.Length];
        used = CollectUsed(used);
        var tier = _copyset.Members[member].Tier;
        if (FindStaying(used, used, tier, mayAvoid: true) is var staying and >= 0)
        {
            return staying;
        }

        var search = new SpareSearch(_copyset, _availability, _random, used, used);
        var adding = search.FindAdding(PlacementRules.Missing(_copyset.Topology.Layout, _requirement.Spread, used), tier);
        return adding >= 0 ? adding : search.FindAny(tier);
    }

    private readonly int FindAvailable(int member)
    {
        Span<int> taken = stackalloc int[_held.Length + (2 * _targets.Length)];
        var used = CollectUsed(taken);

        // Members that are not planned yet are not spares of one another.
        for (var i = 0; i < _targets.Length; i++)
        {
            taken[used.Length + i] = _copyset.Members[i].PeerIndex;
        }

        taken = taken[..(used.Length + _targets.Length)];
        if (FindStaying(used, taken, _copyset.Members[member].Tier, mayAvoid: false) is var staying and >= 0)
        {
            return staying;
        }

        var search = new SpareSearch(_copyset, _availability, _random, used, taken);
        return search.FindAvailable(_copyset.MissingFor(_requirement, used), _copyset.Members[member].Tier);
    }

    // Targets that all lie in regions which leave the store are not enough. An empty place is taken first, then the last target that can be spared.
    private readonly void SwapForStaying()
    {
        Span<int> used = stackalloc int[_held.Length + _targets.Length];
        used = CollectUsed(used);
        var victim = _targets.LastIndexOf(Nobody);
        victim = victim < 0 ? FindLastRedundant(used, sharesZone: true) : victim;
        victim = victim < 0 ? FindLastRedundant(used, sharesZone: false) : victim;
        victim = victim < 0 ? _targets.Length - 1 : victim;
        var staying = FindStaying(used, used, _copyset.Members[victim].Tier, mayAvoid: true);
        _targets[victim] = staying >= 0 ? staying : _targets[victim];
    }

    /// <summary>A spare outside the regions that leave the store, if one is needed and none is used yet; otherwise -1.</summary>
    private readonly int FindStaying(ReadOnlySpan<int> used, ReadOnlySpan<int> taken, PlacementTier tier, bool mayAvoid)
    {
        if (_requirement.Leaving is not { } leaving || leaving.AreLeftBy(_copyset.Topology.Layout, used))
        {
            return -1;
        }

        var search = new SpareSearch(_copyset, _availability, _random, leaving.Representatives(_copyset.Topology).AsSpan(), taken);
        var missing = new MissingDomains(Zones: 0, Regions: 1);
        return mayAvoid ? search.FindAdding(missing, tier) : search.FindAvailableAdding(missing, tier);
    }

    // Each swap adds a domain and gives none up, so there are fewer swaps than members and demands together.
    private readonly void SwapForMissingDomains()
    {
        while (TrySwap(_requirement.Spread, mayAvoid: true))
        {
        }

        // Beyond that, the policy's wishes are no reason to wait for a peer that is avoided.
        while (TrySwap(_copyset.Policy.Spread, mayAvoid: false))
        {
        }
    }

    private readonly bool TrySwap(SpreadDemand demand, bool mayAvoid)
    {
        if (demand.IsNone)
        {
            return false;
        }

        Span<int> used = stackalloc int[_held.Length + _targets.Length];
        used = CollectUsed(used);
        var missing = PlacementRules.Missing(_copyset.Topology.Layout, demand, used);
        return (missing.Regions > 0 && TrySwap(new MissingDomains(0, missing.Regions), mayAvoid, used))
            || (missing.Zones > 0 && TrySwap(new MissingDomains(missing.Zones, 0), mayAvoid, used));
    }

    private readonly bool TrySwap(MissingDomains missing, bool mayAvoid, ReadOnlySpan<int> used)
    {
        // A target that shares its zone shares its region too, so that dropping it gives up nothing; for a missing region, sharing the region is
        // enough.
        var victim = FindLastRedundant(used, sharesZone: true);
        victim = victim < 0 && missing.Regions > 0 ? FindLastRedundant(used, sharesZone: false) : victim;
        if (victim < 0)
        {
            return false;
        }

        var search = new SpareSearch(_copyset, _availability, _random, used, used);
        var tier = _copyset.Members[victim].Tier;
        var spare = mayAvoid ? search.FindAdding(missing, tier) : search.FindAvailableAdding(missing, tier);
        _targets[victim] = spare >= 0 ? spare : _targets[victim];
        return spare >= 0;
    }

    private readonly int FindLastRedundant(ReadOnlySpan<int> used, bool sharesZone)
    {
        var layout = _copyset.Topology.Layout;
        for (var i = _targets.Length - 1; i >= 0; i--)
        {
            if (_requirement.NeedsLocal && _targets[i] == _copyset.Site.Peer)
            {
                continue;
            }

            var sharing = 0;
            foreach (var peer in used)
            {
                var isShared = _targets[i] >= 0 && (sharesZone
                    ? layout.ZoneOfPeer(peer) == layout.ZoneOfPeer(_targets[i])
                    : layout.RegionOfPeer(peer) == layout.RegionOfPeer(_targets[i]));
                sharing += isShared ? 1 : 0;
            }

            // It is itself among the used.
            if (sharing > 1)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Holders and targets, each once.</summary>
    private readonly Span<int> CollectUsed(Span<int> used)
    {
        _held.CopyTo(used);
        var count = _held.Length;
        foreach (var target in _targets)
        {
            if (target >= 0 && !_held.Contains(target))
            {
                used[count++] = target;
            }
        }

        return used[..count];
    }
}
