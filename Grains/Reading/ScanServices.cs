using System.Collections.Immutable;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Remote;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace AllData.Reading;

/// <summary>What the scans of a silo share.</summary>
/// <param name="Replicas">The way to the replicas.</param>
/// <param name="Grains">The way to the registry.</param>
/// <param name="Topologies">The registered peers, and which of them are alive.</param>
/// <param name="OtherClusters">The way to the registries of the other clusters of the store.</param>
/// <param name="HostedPeer">The silo's own peer, which costs less to read from.</param>
/// <param name="Time">The monotonic clock, and the time of day that the silos agree on.</param>
/// <param name="Logger">Logs failures during a scan.</param>
internal sealed record ScanServices(
    IReplicas Replicas, IGrainFactory Grains, TopologyCache Topologies, IClusterConfirmation OtherClusters, HostedPeer HostedPeer, TimeProvider Time,
    ILogger<ClusterScan> Logger)
{
    // A read does not wait long for the registry: without its answer it continues, in doubt.
    private static readonly TimeSpan RegistryPatience = TimeSpan.FromSeconds(2);

    /// <summary>What each coordinator has confirmed recently: nothing of it appears below that any more, whether it answers now or not.</summary>
    public ConfirmedWatermarks Confirmed { get; } = new();

    /// <summary>
    /// Asks the registry for the topology, and the other clusters for theirs. A peer that joined a moment ago may have acknowledged an event: a silo that
    /// has not been told of it would call a read complete.
    /// </summary>
    /// <returns>
    /// Why the topology that is known may not have every peer in it; null when the registry confirmed it, and every other cluster of the scope its own.
    /// </returns>
    /// <param name="scope">Which peers are read.</param>
    public async Task<string?> LearnTopologyAsync(ScanScope scope = ScanScope.Store)
    {
        var others = scope == ScanScope.Store ? OtherClusters.FindUnconfirmedAsync() : Task.FromResult(ImmutableArray<FederationCluster>.Empty);
        try
        {
            Topologies.Offer(await Grains.GetPeerRegistry().GetTopology().WaitAsync(RegistryPatience, Time));
            return scope == ScanScope.Store ? WhyNotWhole(await others) : null;
        }
        catch (Exception e)
        {
            ReadLog.RegistryAway(Logger, e);
            return $"topology, version {Topologies.Current.Topology.Version}, could not be confirmed: the peer registry did not answer. "
                + "A peer that joined since may hold more";
        }
    }

    private string? WhyNotWhole(ImmutableArray<FederationCluster> unconfirmed) =>
        Topologies.Unheard is { Length: > 0 } unheard
            ? $"topology has no peer of cluster {string.Join(" and of cluster ", unheard)}, which has never answered here and may hold more"
        : unconfirmed.Length > 0
            ? $"topology, version {Topologies.Current.Topology.Version}, could not be confirmed by cluster {string.Join(" and by cluster ", unconfirmed)}. "
                + "A peer that joined there since may hold more"
        : null;

    /// <summary>Whether a peer's copies are read.</summary>
    public bool IsWithin(ScanScope scope, PeerId peer) => scope == ScanScope.Store || Topologies.IsOwn(peer);

    /// <summary>Ends a scan if its silo is stopping, so that it continues through another silo instead of calling live peers silent.</summary>
    /// <exception cref="SiloUnavailableException">The silo is stopping.</exception>
    public void ThrowIfStopping()
    {
        if (HostedPeer.IsStopping)
        {
            throw new SiloUnavailableException("The silo that ran this scan is stopping. Continue through another one.");
        }
    }
}

/// <summary>What reads log.</summary>
internal static partial class ReadLog
{
    [LoggerMessage(LogLevel.Debug, "The peer registry does not answer; a read goes on, in doubt, with the peers that this silo knows")]
    public static partial void RegistryAway(ILogger logger, Exception failure);
}
