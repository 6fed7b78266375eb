using AllData.Configuration;
using AllData.Peers;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Storage.Opening;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace AllData.Membership;

/// <summary>
/// The peer that this silo hosts: its name, its locked data directory and its store. The store opens as soon as the cluster is known: at once
/// in a directory that was used before, with the first announcement in a new one.
/// </summary>
internal sealed partial class HostedPeer(
    IOptions<AllDataOptions> options, ReplicaStoreFactory stores, ConfiguredFederation federation, TimeProvider time, ILoggerFactory loggers,
    ILogger<HostedPeer> logger)
    : ICoordinatingPeer, IAsyncDisposable
{
    private readonly AllDataOptions _options = options.Value;
    private DataDirectory? _directory;
    private volatile IReplicaStore? _store;
    private volatile string? _refusal = "The silo is starting.";
    private volatile bool _isStopping;

    /// <summary>The peer's name, also the silo's.</summary>
    public PeerId Id { get; } = PeerId.Parse(options.Value.Peer.Id);

    /// <summary>Its configured region and zone.</summary>
    public PeerLocation Location { get; } = new(options.Value.Peer.Region, options.Value.Peer.Zone);

    public bool Stores => _options.Peer.Stores;

    /// <summary>Length of a consolidation interval.</summary>
    public TimeSpan IntervalLength => _options.IntervalLength;

    /// <summary>
    /// Null when the peer may issue keys and take replicas; otherwise a sentence that says what is missing. Until the registry has accepted it,
    /// another silo may be the peer: replicas kept and keys issued here would be that one's too.
    /// </summary>
    public string? Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    /// <summary>Whether the silo is stopping: other silos may then seem to fail, because this one can no longer reach them.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Where its data directory lies, open or not.</summary>
    public string DirectoryPath => _options.DataDirectory;

    public DataDirectory Directory => _directory ?? throw new InvalidOperationException("The data directory is opened when the silo starts.");

    /// <summary>What was wrong with the lease when the directory was opened; null when nothing, or it is not open yet.</summary>
    public string? LeaseDamage => _directory?.LeaseDamage;

    /// <summary>The cluster; empty until it is known.</summary>
    public Guid ClusterId => _directory?.ClusterId ?? Guid.Empty;

    /// <inheritdoc/>
    public Guid StoreId => federation.Own is { Document: { } document } && ClusterId != Guid.Empty ? document.Store : ClusterId;

    /// <summary>The version of the federation document that the silo was started with; 0 without one.</summary>
    public int DocumentVersion => federation.Own?.Document.Version ?? 0;

    /// <inheritdoc/>
    IPeerDirectory ICoordinatingPeer.Directory => Directory;

    /// <summary>Its store; null before the cluster is known, and always null if the peer does not store.</summary>
    public IReplicaStore? Store => _store;

    /// <summary>Opens and locks the data directory, and the store where the cluster is known already.</summary>
    /// <exception cref="DataDirectoryException">The directory is in use, damaged, another peer's or another store's.</exception>
    /// <exception cref="ReplicaStoreException">The store cannot be opened, or is in use by another process.</exception>
    public async Task OpenAsync()
    {
        _directory = DataDirectory.Open(_options.DataDirectory, Id, time, loggers.CreateLogger<DataDirectory>());
        _directory.AcceptFederation(federation.Own?.Document);
        LogOpened(Id, _directory.Path, _directory.DirectoryId, _directory.Incarnation);
        await OpenStoreAsync();
    }

    /// <summary>The silo stops: nothing more is accepted.</summary>
    public void Stop()
    {
        _isStopping = true;
        Refusal = "The silo is stopping.";
    }

    /// <summary>The registry has accepted the peer: the directory remembers its cluster and its ordinal there.</summary>
    /// <exception cref="DataDirectoryException">The directory belongs to another cluster, or has another ordinal.</exception>
    /// <param name="topology">The registry's word.</param>
    /// <param name="keysFrom">Where the directory is given an ordinal now: no key of it is for this time or an earlier one.</param>
    public async Task BindAsync(TopologySnapshot topology, long keysFrom)
    {
        if (federation.Own?.WhyForeign(topology.ClusterId) is { } foreign)
        {
            throw new DataDirectoryException($"The registry belongs to cluster {topology.ClusterId}. {foreign}");
        }

        Directory.BindCluster(topology.ClusterId);
        if (NewOrdinalIn(topology) is { } given)
        {
            Directory.ExtendLease(keysFrom);
            Directory.BindOrdinal(given);
        }

        await OpenStoreAsync();
    }

    /// <summary>The ordinal that the directory is given by a topology; null when it has it already, or is given none.</summary>
    public int? NewOrdinalIn(TopologySnapshot topology)
    {
        var given = topology.Ordinals.Where(o => o.Directory == Directory.DirectoryId).Select(static o => o.Ordinal).ToList();
        return given.Count > 0 && !given.Contains(Directory.Ordinal ?? 0) ? given[0] : null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is { } store)
        {
            await store.DisposeAsync();
        }

        // After the store: the lock must cover its last write.
        _directory?.Dispose();
    }

    private async Task OpenStoreAsync()
    {
        if (!Stores || _store is not null || ClusterId == Guid.Empty)
        {
            return;
        }

        var identity = new ReplicaStoreIdentity(Id, ClusterId, IntervalLength) { Stores = federation.Stores };
        _store = await Task.Run(() => stores.Open(Directory.Path, identity));
        LogStoreOpened(Id, _store.Intervals.Length);
    }
}
