using AllData.Protocol.Blocks;
using AllData.Protocol.Topologies;

namespace AllData.Protocol.Placement;

/// <summary>A slot that was drawn, and the tier it was drawn for.</summary>
internal readonly record struct DrawnSlot(int Slot, PlacementTier Tier);

/// <summary>
/// A copyset in the making. Nothing is drawn and thrown away: a random number counts only the slots that may be chosen and is mapped past the others
/// (at most 15 slots or domains), so the cost depends on the replication factor alone.
/// </summary>
internal ref struct CopysetDraw
{
    private readonly TopologyLayout _layout;
    private readonly Random _random;
    private readonly SpreadDemand _spread;
    private readonly Span<DrawnSlot> _drawn;
    private readonly Span<int> _ascending;
    private bool _isSpreadGivenUp;

    /// <summary>Starts with nothing drawn.</summary>
    /// <param name="layout">The peers.</param>
    /// <param name="random">Randomness.</param>
    /// <param name="spread">Zones and regions to keep places for.</param>
    /// <param name="drawn">Takes the result; as long as the copyset is to be.</param>
    /// <param name="ascending">Scratch of the same length.</param>
    public CopysetDraw(TopologyLayout layout, Random random, SpreadDemand spread, Span<DrawnSlot> drawn, Span<int> ascending)
    {
        _layout = layout;
        _random = random;

        // Demands that no set of peers can meet are dropped: otherwise the rest of the demand would be given up for them.
        _spread = new SpreadDemand(Math.Min(spread.Zones, layout.ActiveZones), Math.Min(spread.Regions, layout.ActiveRegions));
        _drawn = drawn;
        _ascending = ascending;
    }

    /// <summary>Slots drawn so far.</summary>
    public int Count { get; private set; }

    /// <summary>Slots still missing.</summary>
    public readonly int Missing => _drawn.Length - Count;

    /// <summary>Takes a slot that is not drawn yet.</summary>
    public void Add(int slot, PlacementTier tier)
    {
        var i = Count;
        for (; i > 0 && _ascending[i - 1] > slot; i--)
        {
            _ascending[i] = _ascending[i - 1];
        }

        _ascending[i] = slot;
        _drawn[Count++] = new DrawnSlot(slot, tier);
    }

    /// <summary>Draws up to <paramref name="limit"/> slots from a range of zones, all but one of them.</summary>
    public void AddFromZones((int First, int Count) zones, int exceptZone, int limit, PlacementTier tier)
    {
        for (limit = Math.Min(limit, Missing); limit > 0; limit--)
        {
            var zone = PickDomain(_layout.Zones, zones.First, zones.Count, exceptZone);
            if (zone < 0 || !LeavesRoom(zone))
            {
                return;
            }

            Add(PickSlot(zone), tier);
        }
    }

    /// <summary>Draws what is missing from wherever there are slots, however they are spread then.</summary>
    /// <param name="home">The zones of the coordinator's region.</param>
    /// <param name="exceptZone">Its zone, or -1.</param>
    /// <param name="exceptRegion">Its region.</param>
    public void Fill((int First, int Count) home, int exceptZone, int exceptRegion)
    {
        // Other domains come first, so that the demand is met where it can be.
        AddFromZones(home, exceptZone, Missing, PlacementTier.Any);
        AddFromRegions(exceptRegion, Missing, PlacementTier.Any);
        _isSpreadGivenUp = Missing > 0;
        AddFromZones(home, exceptZone: -1, Missing, PlacementTier.Any);
        AddFromRegions(exceptRegion, Missing, PlacementTier.Any);
    }

    /// <summary>Draws up to <paramref name="limit"/> slots from all regions but one, their zones spread likewise.</summary>
    public void AddFromRegions(int exceptRegion, int limit, PlacementTier tier)
    {
        for (limit = Math.Min(limit, Missing); limit > 0; limit--)
        {
            var region = PickDomain(_layout.Regions, 0, _layout.ActiveRegions, exceptRegion);
            if (region < 0)
            {
                return;
            }

            AddFromZones(_layout.ZonesOfRegion(region), exceptZone: -1, limit: 1, tier);
        }
    }

    /// <summary>Whether enough places remain for the rest of the demand when a slot of a zone is taken.</summary>
    private readonly bool LeavesRoom(int zone)
    {
        if (_spread.IsNone || _isSpreadGivenUp)
        {
            return true;
        }

        Span<int> peers = stackalloc int[Count + 1];
        for (var i = 0; i < Count; i++)
        {
            peers[i] = _layout.PeerOfSlot(_ascending[i]);
        }

        peers[Count] = _layout.PeerOfSlot(_layout.Zones.FirstSlot(zone));
        return Missing - 1 >= PlacementRules.Missing(_layout, _spread, peers).Peers;
    }

    /// <summary>
    /// A domain with the fewest drawn slots among those of a range that have one left, uniformly at random; -1 when all are used up.
    /// </summary>
    private readonly int PickDomain(SlotDomains domains, int first, int count, int except)
    {
        Span<int> touched = stackalloc int[Copyset.MaxMembers + 1];
        touched = touched[..CollectTouched(domains, first, count, except, touched)];

        // A domain without a drawn slot has the fewest, and every active domain has a slot: no need to look at any of them.
        var untouched = count - touched.Length;
        return untouched > 0
            ? SkipOver(touched, first + _random.Next(untouched))
            : PickLeastDrawn(domains, touched, except);
    }

    private readonly int CollectTouched(SlotDomains domains, int first, int count, int except, Span<int> touched)
    {
        var n = 0;
        var exceptIsDue = except >= first && except < first + count;
        foreach (var slot in _ascending[..Count])
        {
            var domain = domains.DomainOfSlot(slot);
            if (domain < first || domain >= first + count || (n > 0 && touched[n - 1] == domain))
            {
                continue;
            }

            if (exceptIsDue && except <= domain)
            {
                exceptIsDue = false;
                touched[n++] = except;
            }

            if (n == 0 || touched[n - 1] != domain)
            {
                touched[n++] = domain;
            }
        }

        if (exceptIsDue)
        {
            touched[n++] = except;
        }

        return n;
    }

    private readonly int PickLeastDrawn(SlotDomains domains, ReadOnlySpan<int> candidates, int except)
    {
        var best = -1;
        var fewest = int.MaxValue;
        var equals = 0;
        foreach (var domain in candidates)
        {
            var drawn = CountDrawn(domains, domain);
            if (domain == except || drawn == domains.SlotCount(domain) || drawn > fewest)
            {
                continue;
            }

            // The k-th of equal candidates takes over with probability 1/k: in the end each is chosen equally often.
            equals = drawn < fewest ? 1 : equals + 1;
            fewest = drawn;
            best = _random.Next(equals) == 0 ? domain : best;
        }

        return best;
    }

    private readonly int CountDrawn(SlotDomains domains, int domain)
    {
        var drawn = 0;
        foreach (var slot in _ascending[..Count])
        {
            drawn += domains.DomainOfSlot(slot) == domain ? 1 : 0;
        }

        return drawn;
    }

    private readonly int PickSlot(int zone)
    {
        var zones = _layout.Zones;
        var first = zones.FirstSlot(zone);
        var end = first + zones.SlotCount(zone);
        var drawnBefore = 0;
        var drawnUntilEnd = 0;
        foreach (var slot in _ascending[..Count])
        {
            drawnBefore += slot < first ? 1 : 0;
            drawnUntilEnd += slot < end ? 1 : 0;
        }

        var drawn = _ascending[drawnBefore..drawnUntilEnd];
        return SkipOver(drawn, first + _random.Next(end - first - drawn.Length));
    }

    /// <summary>Maps a number that counts only free slots to the slot.</summary>
    private static int SkipOver(ReadOnlySpan<int> takenAscending, int number)
    {
        foreach (var taken in takenAscending)
        {
            if (taken > number)
            {
                break;
            }

            number++;
        }

        return number;
    }
}
