using AllData.Peers;

namespace AllData.Batching.Gateways;

/// <summary>The known gateways, one entry each, and which one a batch takes.</summary>
/// <param name="first">The entry that is used before the gateways are known.</param>
/// <param name="own">The client's location; null: no preference.</param>
/// <param name="batchesInFlight">Most batches in flight through one gateway.</param>
internal sealed class GatewayTable(Gateway first, PeerLocation? own, int batchesInFlight)
{
    /// <summary>Most entries: a client does not need more gateways than that.</summary>
    public const int MaxGateways = 64;

    private readonly List<Gateway> _gateways = [first];
    private Dictionary<int, PeerLocation> _locations = [];

    public IReadOnlyList<Gateway> Gateways => _gateways;

    /// <summary>The ordinals of the known gateways.</summary>
    public IEnumerable<int> Ordinals => _gateways.Select(static gateway => gateway.Ordinal).OfType<int>();

    /// <summary>Whether a gateway has failed, or a key has moved to another gateway, since the last survey.</summary>
    public bool IsInTrouble { get; set; }

    /// <summary>Whether any gateway could take a batch, apart from failures.</summary>
    public bool HasFree => _gateways.Exists(gateway => gateway.Batches < batchesInFlight);

    /// <summary>Whether any gateway has, or soon may have, handed out keys that no event may ever need.</summary>
    public bool MayHaveUnusedKeys => _gateways.Exists(static gateway => gateway.Keys.MayHaveUnused);

    /// <summary>
    /// The gateway for a batch: of the nearest healthy gateways the one with the fewest events in flight; null when those are busy. If none is
    /// healthy, one that is silent but not known to have failed; and if it is the only one with room, the one that the batch has just failed in.
    /// </summary>
    /// <param name="now">The client's clock.</param>
    /// <param name="last">The gateway of the batch's last attempt.</param>
    /// <param name="hasTopic">
    /// Whether the batch has a topic. It waits for a gateway that may take it, as long as any is known: those that refuse it answer soonest, and have the
    /// fewest events in flight.
    /// </param>
    public Gateway? Pick(TimeSpan now, Gateway? last, bool hasTopic)
    {
        var isChosen = hasTopic && _gateways.Exists(static gateway => gateway.MayTakeTopics);
        if (Nearest(gateway => IsUsable(gateway) && IsWell(gateway)) is { } well)
        {
            return FreeIn(gateway => IsUsable(gateway) && IsWell(gateway) && gateway.Distance == well);
        }

        return FreeIn(IsUsable);

        bool IsUsable(Gateway gateway) => gateway.AvoidedUntil(now) is null && (!isChosen || gateway.MayTakeTopics);

        bool IsWell(Gateway gateway) => gateway != last && !gateway.IsSilent(now);
    }

    /// <summary>When the first avoided gateway may be used again; null when none is avoided.</summary>
    public TimeSpan? NextReturn(TimeSpan now) => _gateways.Min(gateway => gateway.AvoidedUntil(now));

    /// <summary>Adds gateways that are not known yet. Of those that are, it learns what they take now: a silo may have been updated.</summary>
    public void Add(IEnumerable<Gateway> found)
    {
        foreach (var gateway in found)
        {
            if (_gateways.Find(known => known.Ordinal == gateway.Ordinal) is { } known)
            {
                known.TakesTopics = gateway.TakesTopics;
            }
            else if (_gateways.Count < MaxGateways)
            {
                _gateways.Add(gateway);
            }
        }

        Locate(_locations);
    }

    /// <summary>Takes over the locations of the gateways.</summary>
    /// <param name="locations">By ordinal.</param>
    public void Locate(Dictionary<int, PeerLocation> locations)
    {
        _locations = locations;
        foreach (var gateway in _gateways)
        {
            gateway.Distance = DistanceOf(gateway);
        }
    }

    /// <summary>A gateway has handed out keys. If another entry leads to the same gateway already, one is enough.</summary>
    public void OnKeys(Gateway gateway, int ordinal)
    {
        if (gateway.Ordinal == ordinal)
        {
            return;
        }

        IsInTrouble |= gateway.Ordinal is not null;
        gateway.MoveTo(ordinal);
        gateway.Distance = DistanceOf(gateway);
        if (_gateways.Exists(other => other != gateway && other.Ordinal == ordinal))
        {
            // What is in flight through it comes back through it; it only takes nothing new.
            _gateways.Remove(gateway);
        }
    }

    private GatewayProximity DistanceOf(Gateway gateway)
    {
        if (own is not { } here || gateway.Ordinal is not { } ordinal || !_locations.TryGetValue(ordinal, out var there) || there.Region != here.Region)
        {
            return GatewayProximity.Elsewhere;
        }

        return there.Zone == here.Zone ? GatewayProximity.SameZone : GatewayProximity.SameRegion;
    }

    private GatewayProximity? Nearest(Predicate<Gateway> isUsable)
    {
        GatewayProximity? nearest = null;
        foreach (var gateway in _gateways)
        {
            nearest = isUsable(gateway) && !(gateway.Distance >= nearest) ? gateway.Distance : nearest;
        }

        return nearest;
    }

    private Gateway? FreeIn(Predicate<Gateway> isUsable)
    {
        Gateway? best = null;
        foreach (var gateway in _gateways)
        {
            if (gateway.Batches < batchesInFlight && isUsable(gateway) && !(gateway.Events >= best?.Events))
            {
                best = gateway;
            }
        }

        return best;
    }
}
