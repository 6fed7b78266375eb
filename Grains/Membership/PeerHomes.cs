using System.Globalization;
using AllData.Configuration;
using AllData.Errors;
using AllData.Peers;

namespace AllData.Membership;

/// <summary>Which cluster of the store decides about a peer.</summary>
internal sealed class PeerHomes(TopologyCache topologies, ConfiguredFederation federation)
{
    /// <summary>Refuses an order about a peer that another cluster registers and this one does not.</summary>
    /// <param name="own">The topology of this cluster's registry.</param>
    /// <param name="order">The order, as a command.</param>
    /// <param name="peer">The peer.</param>
    /// <exception cref="PeerOfOtherClusterException">It is another cluster's.</exception>
    public void RefuseOthers(TopologySnapshot own, string order, PeerId peer)
    {
        if (own.Peers.Any(p => p.Id == peer) || FindOther(peer) is not { } cluster)
        {
            return;
        }

        throw new PeerOfOtherClusterException(
            $"Peer '{peer}' is registered in cluster '{ReadableText.Escape(cluster)}', which alone decides about it. Give the order there: 'alldata {order} "
            + $"{peer}' with a gateway of that cluster.",
            peer,
            cluster);
    }

    /// <summary>The name of the other cluster that registers a peer, its number if the federation document has none for it; null if none is known to.</summary>
    public string? FindOther(PeerId peer) => topologies.FindHome(peer) is { } home
        ? federation.Own?.Document.Clusters.FirstOrDefault(c => c.Number == home)?.Name ?? home.ToString(CultureInfo.InvariantCulture)
        : null;
}
