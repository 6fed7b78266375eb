using AllData.Peers;
using Microsoft.Extensions.Logging;
using IOPath = System.IO.Path;

namespace AllData.Storage;

/// <summary>
/// The data directory of one peer: locked while it is open, bound to its peer for ever and to its cluster once that is known. It also
/// remembers up to when keys may have been issued, so that nothing is issued twice after a crash.
/// </summary>
internal sealed partial class DataDirectory : IDisposable
{
    /// <summary>Folder of the interval files within a data directory.</summary>
    public const string IntervalsFolder = "intervals";

    private const string IdentityName = "peer.json";
    private const string LeaseName = "keys.lease";
    private const string TopologyName = "topology.json";

    private readonly Lock _gate = new();
    private readonly DirectoryLock _lock;
    private readonly LeaseFile _lease;
    private readonly ILogger<DataDirectory> _logger;
    private PeerIdentity _identity;

    private DataDirectory(string path, PeerIdentity identity, DirectoryLock heldLock, LeaseFile lease, ILogger<DataDirectory> logger)
    {
        Path = path;
        Peer = PeerId.Parse(identity.Peer);
        _identity = identity;
        _lock = heldLock;
        _lease = lease;
        _logger = logger;
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>The peer it belongs to.</summary>
    public PeerId Peer { get; }

    /// <summary>The directory's own identity, made when it was created.</summary>
    public Guid DirectoryId => _identity.Directory;

    /// <summary>The cluster it belongs to; empty until <see cref="BindCluster"/>.</summary>
    public Guid ClusterId => _identity.Cluster ?? Guid.Empty;

    /// <summary>Rises with every opening; durable before <see cref="Open"/> returns.</summary>
    public int Incarnation => _lease.Current.Incarnation;

    /// <summary>Keys up to this time (Unix milliseconds, inclusive) may have been issued; 0 in a new directory. Durable.</summary>
    public long LeasedUntil => _lease.Current.LeasedUntil;

    /// <summary>Opens the directory of a peer, creates it where there is none, and locks it.</summary>
    /// <exception cref="DataDirectoryException">
    /// It is in use, belongs to another peer, or is damaged; the message names the way out.
    /// </exception>
    public static DataDirectory Open(string path, PeerId peer, TimeProvider time, ILogger<DataDirectory> logger)
    {
        var full = IOPath.GetFullPath(path);
        try
        {
            DurableFiles.CreateDirectory(full);
            var heldLock = DirectoryLock.Take(full, peer, time);
            try
            {
                return OpenLocked(full, peer, heldLock, logger);
            }
            catch
            {
                heldLock.Dispose();
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException(
                $"The data directory {full} cannot be used: {e.Message} Choose a directory on a local disk that this user may "
                + "write to.", e);
        }
    }

    /// <summary>Binds the directory to a cluster, once; the same cluster again is no change. Durable when it returns.</summary>
    /// <exception cref="DataDirectoryException">It belongs to another cluster.</exception>
    public void BindCluster(Guid clusterId)
    {
        ArgumentOutOfRangeException.ThrowIfEqual(clusterId, Guid.Empty);
        lock (_gate)
        {
            if (_identity.Cluster is null)
            {
                var bound = _identity with { Cluster = clusterId };
                PeerIdentityFile.Write(IOPath.Combine(Path, IdentityName), bound);
                _identity = bound;
            }
            else if (_identity.Cluster != clusterId)
            {
                throw new DataDirectoryException(
                    $"The data directory {Path} belongs to cluster {_identity.Cluster}, not to {clusterId}. Join its own "
                    + "cluster, or start with a new data directory.");
            }
        }
    }

    /// <summary>
    /// Raises <see cref="LeasedUntil"/>; durable when it returns. A time that is leased already is no change. Costs one flush.
    /// </summary>
    /// <exception cref="DataDirectoryException">
    /// The lease cannot be written: no more keys may be issued until the directory is opened anew.
    /// </exception>
    public void ExtendLease(long untilUnixMilliseconds)
    {
        lock (_gate)
        {
            // Never lowered: two callers may ask in any order.
            if (untilUnixMilliseconds > LeasedUntil)
            {
                _lease.Write(untilUnixMilliseconds, Incarnation);
            }
        }
    }

    /// <summary>
    /// The topology that was saved last; null when there is none, or it is damaged or of another cluster (a warning tells).
    /// </summary>
    public TopologySnapshot? LoadTopology()
    {
        var path = IOPath.Combine(Path, TopologyName);
        try
        {
            var topology = TopologyFile.Read(path);
            if (topology is null || topology.ClusterId == ClusterId)
            {
                return topology;
            }

            LogTopologyIgnored(path, $"it is of cluster {topology.ClusterId}, not of {ClusterId}");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            LogTopologyIgnored(path, e.Message);
        }

        return null;
    }

    /// <summary>Keeps a topology for the next start; the file is replaced atomically.</summary>
    public void SaveTopology(TopologySnapshot topology)
    {
        lock (_gate)
        {
            TopologyFile.Write(IOPath.Combine(Path, TopologyName), topology);
        }
    }

    /// <summary>Frees the lock.</summary>
    public void Dispose()
    {
        _lease.Dispose();
        _lock.Dispose();
    }

    private static DataDirectory OpenLocked(string path, PeerId peer, DirectoryLock heldLock, ILogger<DataDirectory> logger)
    {
        var identityPath = IOPath.Combine(path, IdentityName);
        var leasePath = IOPath.Combine(path, LeaseName);
        var identity = PeerIdentityFile.Read(identityPath, peer) ?? Create(path, identityPath, leasePath, peer);
        var lease = LeaseFile.Open(leasePath, RandomAccess.FlushToDisk);
        try
        {
            if (lease.Current.DirectoryId != identity.Directory)
            {
                throw new DataDirectoryException(
                    $"{leasePath} belongs to data directory {lease.Current.DirectoryId}, not to {identity.Directory}. Put its "
                    + "own copy back, or start with a new data directory.");
            }

            // Before anything else is done: block ids of this run must differ from those of every earlier one.
            lease.Write(lease.Current.LeasedUntil, checked(lease.Current.Incarnation + 1));
            return new DataDirectory(path, identity, heldLock, lease, logger);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    private static PeerIdentity Create(string path, string identityPath, string leasePath, PeerId peer)
    {
        // A new identity means a new ordinal, and the blocks of the old one would be somebody else's.
        var intervals = IOPath.Combine(path, IntervalsFolder);
        if (Directory.Exists(intervals) && Directory.EnumerateFileSystemEntries(intervals).Any())
        {
            throw new DataDirectoryException(
                $"{identityPath} is missing although the directory holds data. Put a copy of the file back, or start with a "
                + "new data directory.");
        }

        var identity = new PeerIdentity(PeerIdentityFile.FormatVersion, peer.Value, Guid.NewGuid(), Cluster: null);

        // The lease file first: where the identity exists, a missing lease is a loss, not a beginning.
        LeaseFile.Create(leasePath, identity.Directory);
        PeerIdentityFile.Write(identityPath, identity);
        return identity;
    }
}
