using AllData.Peers;
using AllData.Remote;

namespace AllData.Links;

/// <summary>
/// Which peers of the whole store are alive. One of this cluster is when a silo here hosts it; one of another cluster, when that cluster says so and the
/// link to it carries puts.
/// </summary>
/// <param name="own">Which peers of this cluster are alive.</param>
/// <param name="links">The links to the other clusters.</param>
internal sealed class StoreLiveness(IPeerLiveness own, ClusterLinks links) : IPeerLiveness
{
    /// <inheritdoc/>
    public bool IsAlive(PeerId peer) => links.HomeOf(peer) is { } link ? link.CarriesPuts && link.Hosts(peer) : own.IsAlive(peer);
}
