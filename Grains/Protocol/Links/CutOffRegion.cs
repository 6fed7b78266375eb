namespace AllData.Protocol.Links;

/// <summary>A region that puts of this silo do not go to now, because the link to its cluster is cut off or has not healed yet.</summary>
/// <param name="Region">The region.</param>
/// <param name="Since">Since when, as far as this silo knows.</param>
internal sealed record CutOffRegion(string Region, DateTimeOffset Since);
