using AllData.Silo.LocalCluster;
using AllData.Tests.Support;
using Orleans.Runtime;

namespace AllData.Benchmarks;

/// <summary>Finds the silo that hosts a cluster's registry.</summary>
internal static class RegistryHost
{
    /// <summary>The peer of that silo.</summary>
    public static async Task<LocalClusterPeer> FindAsync(FederatedProcesses store, StoreClients clients, string cluster)
    {
        await clients[cluster].GetPeerRegistry().GetTopology();
        var grains = await clients[cluster].GetGrain<IManagementGrain>(0).GetDetailedGrainStatistics();
        var registry = grains.First(static grain => grain.GrainType.Contains("PeerRegistryGrain", StringComparison.Ordinal));
        return store.Layout.Peers.Single(peer => peer.SiloPort == registry.SiloAddress.Endpoint.Port);
    }
}
