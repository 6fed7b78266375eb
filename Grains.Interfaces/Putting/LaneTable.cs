using AllData.Peers;

namespace AllData.Putting;

/// <summary>The lanes there are, one a gateway, and which one a batch takes.</summary>
/// <param name="first">The lane that is used before it is known which gateways there are.</param>
/// <param name="own">Where the client is; null: no preference.</param>
/// <param name="batchesInFlight">Batches under way in one lane, at most.</param>
internal sealed class LaneTable(Lane first, PeerLocation? own, int batchesInFlight)
{
    /// <summary>Lanes, at most: with more gateways than that a client has enough of them.</summary>
    public const int MaxLanes = 64;

    private readonly List<Lane> _lanes = [first];
    private Dictionary<int, PeerLocation> _locations = [];

    /// <summary>The lanes.</summary>
    public IReadOnlyList<Lane> Lanes => _lanes;

    /// <summary>The gateways that have a lane.</summary>
    public IEnumerable<int> Ordinals => _lanes.Select(static lane => lane.Ordinal).OfType<int>();

    /// <summary>Whether a lane has failed or come to another gateway since the last look for gateways.</summary>
    public bool IsInTrouble { get; set; }

    /// <summary>Whether any lane could take a batch, troubles aside.</summary>
    public bool HasFree => _lanes.Exists(lane => lane.Batches < batchesInFlight);

    /// <summary>
    /// The lane for a batch: of the nearest gateways that are well, the one with the fewest events under way; null when those are busy. Where none is
    /// well, one that is silent but not known to have failed; and where it is the only one with room, the one that the batch has just failed in.
    /// </summary>
    /// <param name="now">The client's clock.</param>
    /// <param name="last">The lane of the batch's last attempt.</param>
    public Lane? Pick(TimeSpan now, Lane? last)
    {
        if (Nearest(lane => lane != last && lane.AvoidedUntil(now) is null && !lane.IsSilent(now)) is { } well)
        {
            return FreeIn(lane => lane != last && lane.AvoidedUntil(now) is null && !lane.IsSilent(now) && lane.Distance == well);
        }

        return FreeIn(lane => lane.AvoidedUntil(now) is null);
    }

    /// <summary>When the first lane that is avoided may be used again; null when none is avoided.</summary>
    public TimeSpan? NextReturn(TimeSpan now) => _lanes.Min(lane => lane.AvoidedUntil(now));

    /// <summary>Adds lanes to gateways that have none.</summary>
    public void Add(IEnumerable<Lane> found)
    {
        foreach (var lane in found.Where(lane => _lanes.Count < MaxLanes && !Ordinals.Contains(lane.Ordinal!.Value)))
        {
            _lanes.Add(lane);
        }

        Locate(_locations);
    }

    /// <summary>Takes over where the gateways are.</summary>
    /// <param name="locations">By ordinal.</param>
    public void Locate(Dictionary<int, PeerLocation> locations)
    {
        _locations = locations;
        foreach (var lane in _lanes)
        {
            lane.Distance = DistanceOf(lane);
        }
    }

    /// <summary>A gateway has handed out keys. Where it has another lane already, one is enough.</summary>
    public void OnKeys(Lane lane, int ordinal)
    {
        if (lane.Ordinal == ordinal)
        {
            return;
        }

        IsInTrouble |= lane.Ordinal is not null;
        lane.MoveTo(ordinal);
        lane.Distance = DistanceOf(lane);
        if (_lanes.Exists(other => other != lane && other.Ordinal == ordinal))
        {
            // What is under way in it comes back through it; it only takes nothing new.
            _lanes.Remove(lane);
        }
    }

    private LaneDistance DistanceOf(Lane lane)
    {
        if (own is not { } here || lane.Ordinal is not { } ordinal || !_locations.TryGetValue(ordinal, out var there) || there.Region != here.Region)
        {
            return LaneDistance.Elsewhere;
        }

        return there.Zone == here.Zone ? LaneDistance.SameZone : LaneDistance.SameRegion;
    }

    private LaneDistance? Nearest(Predicate<Lane> isUsable)
    {
        LaneDistance? nearest = null;
        foreach (var lane in _lanes)
        {
            nearest = isUsable(lane) && !(lane.Distance >= nearest) ? lane.Distance : nearest;
        }

        return nearest;
    }

    private Lane? FreeIn(Predicate<Lane> isUsable)
    {
        Lane? best = null;
        foreach (var lane in _lanes)
        {
            if (lane.Batches < batchesInFlight && isUsable(lane) && !(lane.Events >= best?.Events))
            {
                best = lane;
            }
        }

        return best;
    }
}
