using System.Collections.Immutable;
using AllData.Encryption;
using AllData.Events;
using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Remote;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace AllData.Reading;

/// <summary>What the scans of a silo share.</summary>
/// <param name="Replicas">The way to the replicas.</param>
/// <param name="AskRegistry">Asks the registry for the topology.</param>
/// <param name="Topologies">The registered peers, and which of them are alive.</param>
/// <param name="Homes">Which cluster of the store a peer is of.</param>
/// <param name="OtherClusters">The way to the registries of the other clusters of the store.</param>
/// <param name="HostedPeer">The silo's own peer, which costs less to read from.</param>
/// <param name="Time">The monotonic clock, and the time of day that the silos agree on.</param>
/// <param name="PayloadKeys">What encrypted payloads are read with.</param>
/// <param name="Logger">Logs failures during a scan.</param>
internal sealed record ScanServices(
    IReplicas Replicas, Func<Task<TopologySnapshot>> AskRegistry, TopologyCache Topologies, PeerHomes Homes, IClusterConfirmation OtherClusters,
    ICoordinatingPeer HostedPeer, TimeProvider Time, IPayloadKeyProvider PayloadKeys, ILogger<ClusterScan> Logger)
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
    /// Why the topology that is known may not have every peer in it; empty when the registry confirmed it, and every other cluster of the scope its own.
    /// </returns>
    /// <param name="scope">Which peers are read.</param>
    public async Task<ImmutableArray<TopologyDoubt>> LearnTopologyAsync(ScanScope scope = ScanScope.Store)
    {
        var others = scope == ScanScope.Store ? OtherClusters.FindUnconfirmedAsync() : Task.FromResult(ImmutableArray<FederationCluster>.Empty);
        try
        {
            Topologies.Offer(await AskRegistry().WaitAsync(RegistryPatience, Time));
            return scope == ScanScope.Store ? WhyNotWhole(await others) : [];
        }
        catch (Exception e)
        {
            ReadLog.RegistryAway(Logger, e);
            return [new TopologyDoubt(null, "the peer registry did not answer, and a peer that joined since may hold more")];
        }
    }

    private ImmutableArray<TopologyDoubt> WhyNotWhole(ImmutableArray<FederationCluster> unconfirmed)
    {
        var unheard = Topologies.Unheard;
        return
        [
            .. unheard.Select(static c => new TopologyDoubt(c.Name, "it has never answered here, and its peers may hold more")),
            .. unconfirmed.Where(c => !unheard.Contains(c))
                .Select(static c => new TopologyDoubt(c.Name, "it has not confirmed which peers it has, and one that joined since may hold more")),
        ];
    }

    /// <summary>A doubt about what a peer holds; of a peer of another cluster, it names that, too.</summary>
    public ScanDoubt DoubtOf(EventKey from, EventKey to, PeerId peer, string reason) => new(from, to, peer, reason) { Cluster = Homes.FindOther(peer) };

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

    [LoggerMessage(LogLevel.Error, "The payload of event {Key} is not what key {EncryptionKeyId} encrypted: it was changed where it is stored, and its digest "
        + "with it")]
    public static partial void NotAuthentic(ILogger logger, EventKey key, string encryptionKeyId);
}
