using System.Collections.Immutable;
using AllData.Protocol.Links;

namespace AllData.Remote;

/// <summary>The links of a store that has one cluster.</summary>
internal sealed class NoRegionLinks : IRegionLinks
{
    /// <inheritdoc/>
    public ImmutableArray<CutOffRegion> CutOff => [];
}
