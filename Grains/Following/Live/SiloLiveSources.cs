using AllData.Membership;
using Microsoft.Extensions.Logging;

namespace AllData.Following.Live;

/// <summary>
/// The silos of this cluster. What silos of other clusters acknowledge is given when it is safe: news would come little earlier, over links that are slow, and
/// take the room of copies.
/// </summary>
internal sealed partial class SiloLiveSources(
    IGrainFactory grains, TopologyCache topologies, HostedPeer hostedPeer, TimeProvider time, ILogger<SiloLiveSources> logger) : ILiveSources
{
    /// <inheritdoc/>
    public async Task AskAsync()
    {
        var live = topologies.KnownPeers;
        await Task.WhenAll(
            from index in Enumerable.Range(0, live.Topology.Count)
            let peer = live.Topology[index]
            where peer.Id != hostedPeer.Id && !peer.IsPutOnly && live.IsHosted(index) && topologies.IsOwn(peer.Id)
            select AskAsync(peer.Id));
    }

    private async Task AskAsync(Peers.PeerId peer)
    {
        try
        {
            // One silo that hangs must not keep the others from being asked before they stop telling.
            await grains.GetGrain<ILiveNewsGrain>(GrainFactoryExtensions.ReplicaKey(peer)).Subscribe(hostedPeer.Id).WaitAsync(LiveFeed.Period, time);
        }
        catch (Exception e)
        {
            LogNotAsked(e, peer);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Peer {Peer} could not be asked for what it acknowledges; live readers are given it when it is safe")]
    private partial void LogNotAsked(Exception failure, Peers.PeerId peer);
}
