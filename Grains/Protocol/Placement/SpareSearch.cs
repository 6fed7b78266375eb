using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>
/// Finds a peer that keeps a block in the place of another: the failed one's own tier in an unused zone (region), then that tier, then any
/// tier in an unused domain, then any. Zones and the peers in them are probed from a random start, and only peers that are
/// alive, so that in the usual case two or three peers are looked at, whatever the size of the cluster and however many of its peers are dead.
/// </summary>
internal readonly ref struct SpareSearch
{
    // "Any" in the order of the tiers. No other peer is local.
    private static readonly PlacementTier[] Tiers = [PlacementTier.OtherZone, PlacementTier.OtherRegion, PlacementTier.SameZone];

    private readonly TopologyLayout _layout;
    private readonly LocalSite _site;
    private readonly IPeerAvailability _availability;
    private readonly Random _random;
    private readonly ReadOnlySpan<int> _used;
    private readonly ReadOnlySpan<int> _taken;

    /// <summary>Prepares a search.</summary>
    /// <param name="copyset">The copyset; its topology is searched.</param>
    /// <param name="availability">Which peers can take a block now.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="used">Peers that hold the block or are about to: their domains are used.</param>
    /// <param name="taken">Peers that must not be found: already asked, or planned.</param>
    public SpareSearch(
        PlacedCopyset copyset, IPeerAvailability availability, Random random, ReadOnlySpan<int> used, ReadOnlySpan<int> taken)
    {
        _layout = availability.Alive.Layout;
        _site = copyset.Site.In(_layout);
        _availability = availability;
        _random = random;
        _used = used;
        _taken = taken;
    }

    private enum DomainRule
    {
        Any = 0,
        NewZone = 1,
        NewRegion = 2,
    }

    /// <summary>
    /// Finds a spare that adds a domain which the requirement still needs. Available ones are preferred, but an avoided one in a missing
    /// domain is better than none: without it the put cannot succeed.
    /// </summary>
    /// <returns>Its peer index, or -1.</returns>
    public int FindAdding(MissingDomains missing, PlacementTier failed)
    {
        var found = missing.Regions > 0 ? FindAvailableFirst(failed, DomainRule.NewRegion) : -1;
        return found < 0 && missing.Zones > 0 ? FindAvailableFirst(failed, DomainRule.NewZone) : found;
    }

    /// <summary>Finds a spare in any domain, available or else avoided.</summary>
    /// <returns>Its peer index, or -1.</returns>
    public int FindAny(PlacementTier failed) => FindAvailableFirst(failed, DomainRule.Any);

    /// <summary>Finds an available spare in a missing domain.</summary>
    /// <returns>Its peer index, or -1.</returns>
    public int FindAvailableAdding(MissingDomains missing, PlacementTier failed)
    {
        var found = missing.Regions > 0 ? Find(failed, DomainRule.NewRegion, PeerAvailability.Available) : -1;
        return found < 0 && missing.Zones > 0 ? Find(failed, DomainRule.NewZone, PeerAvailability.Available) : found;
    }

    /// <summary>Finds an available spare, in a missing domain if there is one.</summary>
    /// <returns>Its peer index, or -1.</returns>
    public int FindAvailable(MissingDomains missing, PlacementTier failed)
    {
        var found = FindAvailableAdding(missing, failed);
        return found < 0 ? Find(failed, DomainRule.Any, PeerAvailability.Available) : found;
    }

    private int FindAvailableFirst(PlacementTier failed, DomainRule rule)
    {
        var found = Find(failed, rule, PeerAvailability.Available);
        return found < 0 ? Find(failed, rule, PeerAvailability.Avoided) : found;
    }

    private int Find(PlacementTier failed, DomainRule rule, PeerAvailability wanted)
    {
        // No other peer is local: the same zone comes closest, and leaves the block as spread as it was meant to be.
        var own = failed == PlacementTier.Local ? PlacementTier.SameZone : failed;
        var found = FindUnused(own, rule, wanted);
        found = found < 0 ? FindIn(own, rule, wanted) : found;
        for (var i = 0; found < 0 && i < Tiers.Length; i++)
        {
            found = FindUnused(Tiers[i], rule, wanted);
        }

        for (var i = 0; found < 0 && i < Tiers.Length; i++)
        {
            found = FindIn(Tiers[i], rule, wanted);
        }

        return found;
    }

    private int FindUnused(PlacementTier tier, DomainRule rule, PeerAvailability wanted)
    {
        var found = tier == PlacementTier.OtherRegion ? FindIn(tier, DomainRule.NewRegion, wanted) : -1;
        return found < 0 ? FindIn(tier, rule == DomainRule.Any ? DomainRule.NewZone : rule, wanted) : found;
    }

    private int FindIn(PlacementTier tier, DomainRule rule, PeerAvailability wanted)
    {
        var (first, count, holeFirst, holeCount) = ZonesOf(tier);
        var start = count > 0 ? _random.Next(count) : 0;
        for (var i = 0; i < count; i++)
        {
            var zone = first + ((start + i) % count);
            zone += zone >= holeFirst ? holeCount : 0;
            if (IsAllowed(zone, rule) && ProbeZone(zone, wanted) is var found and >= 0)
            {
                return found;
            }
        }

        return -1;
    }

    /// <summary>The zones of a tier: a range with a hole, which is not counted.</summary>
    private (int First, int Count, int HoleFirst, int HoleCount) ZonesOf(PlacementTier tier)
    {
        var home = _layout.ZonesOfRegion(_site.Region);
        var hasActiveZone = _site.Zone >= 0 && _site.Zone < _layout.ActiveZones;
        return tier switch
        {
            PlacementTier.SameZone => (_site.Zone, hasActiveZone ? 1 : 0, int.MaxValue, 0),
            PlacementTier.OtherZone when hasActiveZone => (home.First, home.Count - 1, _site.Zone, 1),
            PlacementTier.OtherZone => (home.First, home.Count, int.MaxValue, 0),
            PlacementTier.OtherRegion => (0, _layout.ActiveZones - home.Count, home.First, home.Count),
            _ => (0, _layout.ActiveZones, int.MaxValue, 0),
        };
    }

    private bool IsAllowed(int zone, DomainRule rule) => rule switch
    {
        DomainRule.NewRegion => !PlacementRules.HasRegion(_layout, _used, _layout.RegionOfZone(zone)),
        DomainRule.NewZone => !PlacementRules.HasZone(_layout, _used, zone),
        _ => true,
    };

    private int ProbeZone(int zone, PeerAvailability wanted)
    {
        var first = _layout.Zones.FirstSlot(zone);
        var count = _layout.Zones.SlotCount(zone);
        var start = _random.Next(count);
        for (var i = 0; i < count; i++)
        {
            var peer = _layout.PeerOfSlot(first + ((start + i) % count));
            if (!_taken.Contains(peer) && _availability.Of(peer) == wanted)
            {
                return peer;
            }
        }

        return -1;
    }
}
