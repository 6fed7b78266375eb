namespace AllData.Peers;

/// <summary>
/// Where a peer is: a region and a zone in it, the two failure domains. A zone is always the pair: equal zone names in two regions
/// are different zones.
/// </summary>
/// <param name="Region">The region, not empty.</param>
/// <param name="Zone">The zone within the region, not empty.</param>
[GenerateSerializer, Immutable, Alias("AllData.PeerLocation")]
public readonly record struct PeerLocation([property: Id(0)] string Region, [property: Id(1)] string Zone)
{
    /// <summary><c>region/zone</c>.</summary>
    public override string ToString() => $"{Region}/{Zone}";
}
