using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;

namespace AllData.Errors;

/// <summary>
/// The zones or regions that the put demands cannot be reached now, because regions are cut off that would have them. Nothing was written. It is answered
/// at once, without waiting for a peer.
/// </summary>
[GenerateSerializer, Alias("AllData.NotEnoughRegionsException")]
public sealed class NotEnoughRegionsException(string message, ImmutableArray<RegionOutage> cutOff, EventKey? key = null)
    : PutException(message, key, WrittenState.Nothing)
{
    /// <summary>The regions that are cut off, and since when.</summary>
    [Id(0)]
    public ImmutableArray<RegionOutage> CutOff { get; init; } = cutOff;

    /// <summary>Regions that the put demands; 1 is no demand.</summary>
    [Id(1)]
    public int MinRegions { get; init; } = 1;

    /// <summary>Regions in which a peer can take the event now.</summary>
    [Id(2)]
    public int ReachableRegions { get; init; }

    /// <summary>Zones that the put demands; 1 is no demand.</summary>
    [Id(3)]
    public int MinZones { get; init; } = 1;

    /// <summary>Zones in which a peer can take the event now.</summary>
    [Id(4)]
    public int ReachableZones { get; init; }

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new NotEnoughRegionsException(Message, CutOff, key)
    {
        MinRegions = MinRegions,
        ReachableRegions = ReachableRegions,
        MinZones = MinZones,
        ReachableZones = ReachableZones,
        Written = Written,
    };
}
