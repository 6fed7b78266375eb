namespace AllData.Protocol.Links;

/// <summary>A region that puts of this silo do not go to now, because the link to its cluster is cut off or has not healed yet.</summary>
/// <param name="Region">The region.</param>
/// <param name="Since">Since when, as far as this silo knows.</param>
/// <param name="HasDropped">Whether its cluster has dropped a region of this one: then it never fetches what it misses, and is owed nothing.</param>
internal sealed record CutOffRegion(string Region, DateTimeOffset Since, bool HasDropped = false);
