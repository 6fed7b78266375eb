using System.Collections.Frozen;
using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Topologies;
using AllData.Remote;
using Microsoft.Extensions.Logging;

namespace AllData.Membership;

/// <summary>
/// The newest topology that this silo has heard of, prepared for planning and combined with which peers are alive. A copy is kept on disk, so that a
/// silo that starts while the registry is away continues with it. Reading it never waits.
/// </summary>
internal sealed partial class TopologyCache(
    ICoordinatingPeer hostedPeer, IPeerLiveness liveness, IRegionLinks links, PeerHealth health, ConfiguredFederation federation, TimeProvider time,
    ILogger<TopologyCache> logger, bool usesPutOnlyPeers = false) : ITopologies
{
    private readonly Lock _updating = new();
    private readonly SortedDictionary<int, ClusterSnapshot> _others = [];
    private long _disputedVersion;
    private volatile TopologySnapshot _own = Unknown;
    private volatile LiveTopology _current = new(Topology.Prepare(Unknown), null, [], [], health, time);

    private static TopologySnapshot Unknown { get; } =
        new() { Version = 0, ClusterId = Guid.Empty, IntervalLength = TimeSpan.FromDays(1), Peers = [], Ordinals = [] };

    /// <inheritdoc/>
    public LiveTopology Current => _current;

    /// <summary>What the registry of this cluster has said last: a part of <see cref="Current"/>, where the store has several clusters.</summary>
    public TopologySnapshot Own => _own;

    /// <summary>Whether the registry of this cluster registers a peer; peers of the store's other clusters it does not.</summary>
    public bool IsOwn(PeerId peer) => ReferenceEquals(_current.Topology.Snapshot, _own)
        ? _current.Topology.IndexOf(peer) >= 0
        : _own.Peers.Any(p => p.Id == peer);

    /// <summary>The number of the other cluster that registers a peer; null if none is known to.</summary>
    public int? FindHome(PeerId peer)
    {
        lock (_updating)
        {
            return _others.Values.FirstOrDefault(c => c.Topology.Peers.Any(p => p.Id == peer))?.Number;
        }
    }

    /// <summary>What the clusters of the store contradict each other in, a sentence each.</summary>
    public ImmutableArray<string> Clashes { get; private set; } = [];

    /// <summary>The number of each peer's home cluster; empty where only this one is known.</summary>
    public FrozenDictionary<PeerId, int> Homes { get; private set; } = FrozenDictionary<PeerId, int>.Empty;

    /// <summary>Clusters of the store that have never said a word here: their peers are not known, and so cannot be missed.</summary>
    public ImmutableArray<FederationCluster> Unheard
    {
        get
        {
            lock (_updating)
            {
                return federation.Own is { } own
                    ? [.. own.Document.Clusters.Where(c => c.Number != own.Own.Number && !c.IsDropped && !_others.ContainsKey(c.Number))]
                    : [];
            }
        }
    }

    /// <summary>
    /// The topology that reads are planned with. An unknown peer is not asked and so cannot be silent: without this check, "nothing is held" would be
    /// believed.
    /// </summary>
    /// <exception cref="RegistryUnavailableException">This silo knows no peer that stores.</exception>
    public LiveTopology KnownPeers => _current is { Topology.Version: > 0 } live && live.Topology.Snapshot.Peers.Any(static p => p.Stores)
        ? live
        : throw new RegistryUnavailableException(
            "This silo knows no peer of the cluster that stores, so it cannot say what they hold. Try again; see with 'alldata peers' which there are.");

    /// <summary>The ordinal of this silo's data directory, or null while the registry has not given one.</summary>
    public int? OwnOrdinal => _current.OwnOrdinal;

    /// <summary>
    /// Whether this silo can go on as its peer without the registry. One in a new directory cannot, not even when it has heard its ordinal from others: its
    /// first keys would follow its own clock alone.
    /// </summary>
    public bool HasBeenAccepted => hostedPeer.Directory.Ordinal is not null && _own.Version > 0;

    /// <summary>
    /// The version that the silo reports to the registry: above the present one if the silo has heard that version with other content.
    /// </summary>
    public long KnownVersion => Math.Max(Volatile.Read(ref _disputedVersion), _own.Version);

    /// <summary>
    /// Whether a registry has other content under the version that is known here: it was restored, and has come to the same version another way. When
    /// it hears of a higher version, it skips to one that no silo has.
    /// </summary>
    public bool IsOfAnotherHistory(TopologySnapshot topology)
    {
        var known = _own;
        if (topology.Version != known.Version || SnapshotContent.AreEqual(topology, known))
        {
            return false;
        }

        Volatile.Write(ref _disputedVersion, known.Version + 1);
        return true;
    }

    /// <summary>Takes over what was kept on disk at the last run.</summary>
    public void Recall()
    {
        if (hostedPeer.Directory.LoadTopology() is not { } kept)
        {
            return;
        }

        // The registry's answer to an announcement contains the directory: an answer without it is not genuine.
        if (OrdinalIn(kept) is null)
        {
            LogNotOurs(kept.Version);
            return;
        }

        Offer(kept);
        LogRecalled(kept.Version, kept.Peers.Length);
    }

    /// <summary>
    /// Takes over a topology of the registry if it is newer than the present one; otherwise changes nothing. One that cannot come from the same
    /// registry is refused: it would hide what the peers hold, even after a restart.
    /// </summary>
    public void Offer(TopologySnapshot topology)
    {
        lock (_updating)
        {
            if (topology.Version <= _own.Version)
            {
                return;
            }

            if (WhyRefused(topology) is { } reason)
            {
                LogNotBelieved(topology.Version, _own.Version, reason);
                return;
            }

            _own = topology;
            Combine();
            Keep(topology);
        }

        LogTakenOver(topology.Version, topology.Peers.Length);
    }

    /// <summary>
    /// Takes over what another cluster of the store says of itself, if it is not older than what is known of it. Which of its peers have a silo is taken
    /// over at the same version too: silos come and go without a word of the registry.
    /// </summary>
    /// <returns>Whether it says something else of its peers than before; which of them have a silo aside.</returns>
    public bool Offer(ClusterSnapshot cluster)
    {
        lock (_updating)
        {
            var known = _others.GetValueOrDefault(cluster.Number);
            if (known is not null && cluster.Topology.Version < known.Topology.Version)
            {
                return false;
            }

            if (known is not null && cluster.Topology.Version == known.Topology.Version)
            {
                _others[cluster.Number] = known with { Hosted = cluster.Hosted };
                Overlay(_current.Topology);
                return false;
            }

            _others[cluster.Number] = cluster;
            Combine();
            return true;
        }
    }

    /// <summary>Silo membership or the state of a link has changed: updates which peers are alive.</summary>
    /// <returns>How many peers have lost their silo.</returns>
    public int OnMembershipChanged()
    {
        lock (_updating)
        {
            var before = _current;
            Overlay(before.Topology);
            return Enumerable.Range(0, before.Topology.Count).Count(i => before.IsHosted(i) && !_current.IsHosted(i));
        }
    }

    // One cluster is the usual case: then its topology is the store's as it is. Nothing is planned with others before the own registry has said a word.
    private void Combine()
    {
        var own = DroppedPeers.LeaveOut(_own, federation.Own?.Own);
        var store = _others.Count == 0 || _own.Version == 0
            ? StoreTopology.Of(own)
            : StoreTopology.Combine(own, [new ClusterSnapshot(federation.Own?.Own.Number ?? 0, own, []), .. _others.Values.Select(WithoutDropped)]);
        (Clashes, Homes) = (store.Clashes, store.Homes);
        Overlay(Topology.Prepare(store.Snapshot, usesPutOnlyPeers ? IsOwn : null, [.. Unheard.SelectMany(static c => c.Ordinals)]));
        health.KeepOnly(_current.Topology);
    }

    private ClusterSnapshot WithoutDropped(ClusterSnapshot other) => other with
    {
        Topology = DroppedPeers.LeaveOut(other.Topology, federation.Own?.Document.Clusters.FirstOrDefault(c => c.Number == other.Number)),
    };

    // Those of another cluster are in its network.
    private bool IsOwn(PeerDescriptor peer) => _own.Peers.Any(own => own.Id == peer.Id);

    private void Overlay(Topology topology)
    {
        var hosted = new bool[topology.Count];
        for (var i = 0; i < hosted.Length; i++)
        {
            hosted[i] = liveness.IsAlive(topology[i].Id);
        }

        // A registry that was restored may have forgotten it; the directory has not.
        _current = new LiveTopology(topology, hostedPeer.Directory.Ordinal ?? OrdinalIn(topology.Snapshot), hosted, links.CutOff, health, time)
        {
            Leaving = links.Leaving,
        };
    }

    private int? OrdinalIn(TopologySnapshot topology) =>
        topology.Ordinals.FirstOrDefault(o => o.Directory == hostedPeer.Directory.DirectoryId)?.Ordinal;

    // One that waits for its peer's first directory was not given to any yet.
    private static SeenOrdinals GivenIn(TopologySnapshot topology) =>
        SeenOrdinals.Of(topology.Ordinals.Where(static o => o.Directory != Guid.Empty).Select(static o => o.Ordinal));

    // Every ordinal ever given stays in the list, and each change raises the version by one.
    private string? WhyRefused(TopologySnapshot topology) =>
        OrdinalIn(_own) is { } ordinal && OrdinalIn(topology) != ordinal
            ? $"this silo's data directory does not have its ordinal {ordinal} in it"
        : _own.Version > 0 && topology.Version - _own.Version > TopologySnapshot.MaxJump
            ? $"versions do not jump by more than {TopologySnapshot.MaxJump}"
        : null;

    private void Keep(TopologySnapshot topology)
    {
        try
        {
            // First: what the present file knows and the new topology does not is in it already.
            hostedPeer.Directory.SeeOrdinals(GivenIn(topology));
            hostedPeer.Directory.SaveTopology(topology);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not fatal: it only matters to a start without the registry, and the next change tries again.
            LogNotKept(e, topology.Version);
        }
    }
}
