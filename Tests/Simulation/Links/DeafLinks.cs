using System.Collections.Immutable;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Remote;

namespace AllData.Simulation.Links;

/// <summary>The planted bug: that this cluster was dropped by another one is heard, and no put is planned with it.</summary>
internal sealed class DeafLinks(IRegionLinks links) : IRegionLinks
{
    /// <inheritdoc/>
    public ImmutableArray<CutOffRegion> CutOff => links.CutOff;

    /// <inheritdoc/>
    public bool Reaches(PeerId peer) => links.Reaches(peer);
}
