using System.Collections.Immutable;
using AllData.Encryption;
using AllData.Federation;
using AllData.Membership;
using AllData.Reading;
using AllData.Remote;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>What the shipped scans of a silo share, over the simulated network.</summary>
internal static class SiloScans
{
    /// <summary>Puts it together, as the silo's host does.</summary>
    public static ScanServices Of(World world, SimulatedSilo silo) => new(
        silo.Replicas, () => silo.Machine.Cluster.Registry.CallAsync(silo, static (state, _) => state), silo.Topologies,
        new PeerHomes(silo.Topologies, silo.Machine.Cluster.Federation), silo.Links is { } links ? links.Confirmation : new NoOtherClusters(),
        silo.Peer, silo.Clock.Agreed, PayloadKeyFiles.None, new ErrorWatch<ClusterScan>(world));

    private sealed class NoOtherClusters : IClusterConfirmation
    {
        public Task<ImmutableArray<FederationCluster>> FindUnconfirmedAsync() => Task.FromResult(ImmutableArray<FederationCluster>.Empty);
    }
}
