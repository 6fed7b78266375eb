using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Configuration;
using AllData.Copies;
using AllData.Events;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Replicas;

namespace AllData.Silo.Http.Console;

/// <summary>The cluster of this silo, behind its grains.</summary>
internal sealed class GrainConsoleStore(IGrainFactory grains, TopologyCache topologies, HostedPeer own, ConfiguredFederation federation) : IConsoleStore
{
    /// <inheritdoc/>
    public ConsoleTopology Topology
    {
        get
        {
            var (live, clusters) = (topologies.Current, federation.Own);
            var store = live.Topology.Snapshot;
            return new ConsoleTopology(
                own.Id,
                store,
                topologies.Own,
                Enumerable.Range(0, live.Topology.Count).Where(live.IsHosted).Select(i => live.Topology[i].Id).ToFrozenSet(),
                topologies.Homes.Where(home => home.Value != clusters?.Own.Number)
                    .ToFrozenDictionary(static home => home.Key, home => NameOf(home.Value)),
                live.CutOff.Select(static region => region.Region).ToFrozenSet(),
                clusters?.Own.Name);
        }
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<PeerView>> GetViewsAsync() => grains.GetPeerRegistry().GetPeers();

    /// <inheritdoc/>
    public Task<PeerFigures> GetFiguresAsync(PeerId peer, int intervals) =>
        grains.GetGrain<IPeerFigures>(GrainFactoryExtensions.ReplicaKey(peer)).GetFigures(intervals);

    /// <inheritdoc/>
    public Task<ImmutableArray<CertifiedInterval>> GetSealedAsync(Interval from, int count) => grains.GetCertificates().GetSealed(from, count);

    /// <inheritdoc/>
    public Task<FoundCopies> FindCopiesAsync(EventKey key) => grains.GetClusterAudit().FindCopies(key);

    /// <inheritdoc/>
    public IAsyncEnumerable<DepartureCheck> CheckDepartureAsync(PeerId peer, CancellationToken cancellation) =>
        grains.GetClusterAudit().CheckDeparture(peer);

    /// <inheritdoc/>
    public Task<TopologySnapshot> OrderAsync(PeerOrder order, PeerId peer) => order switch
    {
        PeerOrder.Drain => grains.GetPeerRegistry().Drain(peer),
        PeerOrder.Undrain => grains.GetPeerRegistry().Undrain(peer),

        // What only the peer holds would be lost by force: a page is no place for that.
        _ => grains.GetPeerRegistry().DropPeer(peer, force: false),
    };

    private string NameOf(int cluster) => federation.Own?.Document.Clusters.FirstOrDefault(c => c.Number == cluster)?.Name ?? $"{cluster}";
}
