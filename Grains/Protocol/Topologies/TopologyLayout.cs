using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Protocol.Topologies;

/// <summary>
/// Peers as numbers. Those that take replicas, the active ones here, lie in slots, region by region and zone by zone, so that a zone is a range of slots, a
/// region a range of zones, and an ascending list of slots is ascending by zone and region too. Zones and regions without an active peer are numbered
/// behind the others: they are no place to choose from, but a copy held there still counts for its domain.
/// </summary>
internal sealed class TopologyLayout
{
    private readonly int[] _peerOfSlot;
    private readonly int[] _zoneOfPeer;
    private readonly int[] _regionOfPeer;
    private readonly Dictionary<PeerLocation, int> _zones = [];
    private readonly Dictionary<string, int> _regions = new(StringComparer.Ordinal);

    /// <summary>Numbers the peers.</summary>
    /// <param name="peers">All of them.</param>
    /// <param name="isWanted">Which of them get a slot, by index.</param>
    public TopologyLayout(ImmutableArray<PeerDescriptor> peers, Func<int, bool> isWanted)
    {
        _zoneOfPeer = new int[peers.Length];
        _regionOfPeer = new int[peers.Length];
        _peerOfSlot = [.. Enumerable.Range(0, peers.Length).Where(isWanted)
            .OrderBy(i => peers[i].Location.Region, StringComparer.Ordinal).ThenBy(i => peers[i].Location.Zone, StringComparer.Ordinal)];
        foreach (var peer in _peerOfSlot)
        {
            Number(peer, peers[peer].Location);
        }

        ActiveZones = _zones.Count;
        ActiveRegions = _regions.Count;
        Zones = new SlotDomains([.. _peerOfSlot.Select(peer => _zoneOfPeer[peer])], ActiveZones);
        Regions = new SlotDomains([.. _peerOfSlot.Select(peer => _regionOfPeer[peer])], ActiveRegions);
        for (var peer = 0; peer < peers.Length; peer++)
        {
            Number(peer, peers[peer].Location);
        }
    }

    public int ActivePeers => _peerOfSlot.Length;

    public int ActiveZones { get; }

    public int ActiveRegions { get; }

    public SlotDomains Zones { get; }

    public SlotDomains Regions { get; }

    public int PeerOfSlot(int slot) => _peerOfSlot[slot];

    public int ZoneOfPeer(int peer) => _zoneOfPeer[peer];

    public int RegionOfPeer(int peer) => _regionOfPeer[peer];

    /// <summary>The slot of an active peer, -1 for another; a search within its zone, for the few callers that start from a peer.</summary>
    public int SlotOfPeer(int peer)
    {
        var zone = _zoneOfPeer[peer];
        if (zone >= ActiveZones)
        {
            return -1;
        }

        // Slots of a zone keep the order of the peers, because OrderBy is stable.
        var first = Zones.FirstSlot(zone);
        var found = Array.BinarySearch(_peerOfSlot, first, Zones.SlotCount(zone), peer);
        return found >= 0 ? found : -1;
    }

    public int RegionOfZone(int zone) => Regions.DomainOfSlot(Zones.FirstSlot(zone));

    /// <summary>The first of the contiguous active zones of an active region, and how many there are; none for another region.</summary>
    public (int First, int Count) ZonesOfRegion(int region)
    {
        if (region < 0 || region >= ActiveRegions)
        {
            return (0, 0);
        }

        var first = Zones.DomainOfSlot(Regions.FirstSlot(region));
        var last = Zones.DomainOfSlot(Regions.FirstSlot(region + 1) - 1);
        return (first, last - first + 1);
    }

    public int FindZone(PeerLocation location) => _zones.GetValueOrDefault(location, -1);

    public int FindRegion(string region) => _regions.GetValueOrDefault(region, -1);

    private void Number(int peer, PeerLocation location)
    {
        if (!_regions.TryGetValue(location.Region, out var region))
        {
            _regions.Add(location.Region, region = _regions.Count);
        }

        if (!_zones.TryGetValue(location, out var zone))
        {
            _zones.Add(location, zone = _zones.Count);
        }

        _regionOfPeer[peer] = region;
        _zoneOfPeer[peer] = zone;
    }
}

/// <summary>The slots divided into zones, or into regions: domain after domain.</summary>
internal sealed class SlotDomains
{
    private readonly int[] _domainOfSlot;
    private readonly int[] _firstSlot;

    /// <summary>Takes the domain of each slot, ascending from 0 without gaps.</summary>
    public SlotDomains(int[] domainOfSlot, int count)
    {
        _domainOfSlot = domainOfSlot;
        _firstSlot = new int[count + 1];
        _firstSlot[count] = domainOfSlot.Length;
        for (var slot = domainOfSlot.Length - 1; slot >= 0; slot--)
        {
            _firstSlot[domainOfSlot[slot]] = slot;
        }
    }

    public int DomainOfSlot(int slot) => _domainOfSlot[slot];

    /// <summary>First slot of a domain; for the number of domains, the number of slots.</summary>
    public int FirstSlot(int domain) => _firstSlot[domain];

    public int SlotCount(int domain) => _firstSlot[domain + 1] - _firstSlot[domain];
}
