using AllData.Peers;
using AllData.Protocol.Numbers;
using Microsoft.Extensions.Logging;
using IOPath = System.IO.Path;

namespace AllData.Storage.Directories;

/// <summary>
/// The data directory of one peer: locked while it is open, permanently bound to its peer, and to its cluster once that is known. It also remembers
/// up to when keys may have been issued, so that no key is issued twice after a crash.
/// </summary>
internal sealed partial class DataDirectory : IPeerDirectory, IDisposable
{
    /// <summary>Folder of the interval files within a data directory.</summary>
    public const string IntervalsFolder = "intervals";

    /// <summary>The file that says whose directory it is.</summary>
    public const string IdentityName = "peer.json";

    /// <summary>The file that says up to when keys may have been issued.</summary>
    public const string LeaseName = "keys.lease";

    /// <summary>The file that says how far the numbers of blocks are settled.</summary>
    public const string NumbersName = "numbers.journal";

    /// <summary>The file with the last topology that was known.</summary>
    public const string TopologyName = "topology.json";

    /// <summary>The file with the private key that the directory signs with.</summary>
    public const string KeyName = "peer.key";

    private readonly Lock _gate = new();
    private readonly DirectoryLock _lock;
    private readonly LeaseFile _lease;
    private readonly NumberJournal _numbers;
    private readonly ILogger<DataDirectory> _logger;
    private PeerIdentity _identity;

    private DataDirectory(
        string path, PeerIdentity identity, DirectoryLock heldLock, LeaseFile lease, NumberJournal numbers, SigningKey key, string? leaseDamage,
        ILogger<DataDirectory> logger)
    {
        SigningKey = key;
        Path = path;
        Peer = PeerId.Parse(identity.Peer);
        _identity = identity;
        _lock = heldLock;
        _lease = lease;
        _numbers = numbers;
        LeaseDamage = leaseDamage;
        _logger = logger;
    }

    public string Path { get; }

    /// <summary>The peer it belongs to.</summary>
    public PeerId Peer { get; }

    /// <summary>The directory's own identity, made when it was created.</summary>
    public Guid DirectoryId => _identity.Directory;

    /// <summary>What it signs with, made when it was opened for the first time by a program that signs.</summary>
    public SigningKey SigningKey { get; }

    /// <summary>The cluster it belongs to; empty until <see cref="BindCluster"/>.</summary>
    public Guid ClusterId => _identity.Cluster ?? Guid.Empty;

    /// <summary>
    /// The ordinal that the registry gave to the directory; null until <see cref="BindOrdinal"/>. It outlives every topology: a registry that has
    /// lost it learns it again from here.
    /// </summary>
    public int? Ordinal => _identity.Ordinal;

    /// <summary>A sentence when one of the two slots of the lease could not be read when the directory was opened; otherwise null.</summary>
    public string? LeaseDamage { get; }

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
            RefuseFile(full);
            DurableFiles.CreateDirectory(full);
            AccessRights.TightenDirectory(full);
            var heldLock = DirectoryLock.Take(full, $"peer '{peer}'", time);
            try
            {
                return OpenLocked(full, peer, heldLock, time, logger);
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

    /// <summary>Binds the directory to a cluster, once; the same cluster again, or one of the same store, is no change. Durable when it returns.</summary>
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
            else if (!IsOfThisStore(clusterId))
            {
                throw new DataDirectoryException(
                    $"The data directory {Path} belongs to cluster {_identity.Cluster}, not to {clusterId}. Point the silo at the database of its own "
                    + "cluster, or give it another data directory and keep this one.");
            }
        }
    }

    /// <summary>Remembers the ordinal, once; the same one again is no change. Durable when it returns.</summary>
    /// <exception cref="DataDirectoryException">It has another one, under which it may have issued keys.</exception>
    public void BindOrdinal(int ordinal)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ordinal, 1);
        lock (_gate)
        {
            if (_identity.Ordinal is null)
            {
                var bound = _identity with { Ordinal = ordinal };
                PeerIdentityFile.Write(IOPath.Combine(Path, IdentityName), bound);
                _identity = bound;
            }
            else if (_identity.Ordinal != ordinal)
            {
                throw new DataDirectoryException(
                    $"The data directory {Path} was given ordinal {_identity.Ordinal}, and the registry now gives it {ordinal}: it has lost changes. Give the "
                    + $"directory a new identity, which keeps its events: {WaysOut.RenewDirectory(Path)}");
            }
        }
    }

    /// <summary>
    /// Raises <see cref="LeasedUntil"/>; durable when it returns. A time that is leased already is no change. Costs one flush.
    /// </summary>
    /// <exception cref="DataDirectoryException">
    /// The lease cannot be written: no more keys may be issued until the directory is opened again.
    /// </exception>
    public void ExtendLease(long untilUnixMilliseconds)
    {
        lock (_gate)
        {
            // Never lowered: two callers may come in any order.
            if (untilUnixMilliseconds > LeasedUntil)
            {
                _lease.Write(untilUnixMilliseconds, Incarnation);
            }
        }
    }

    /// <summary>
    /// The topology that was saved last; null if there is none, or it is damaged or of another cluster (a warning is logged).
    /// </summary>
    public TopologySnapshot? LoadTopology() => LoadTopology(TopologyName);

    /// <summary>Keeps a topology for the next start; the file is replaced atomically.</summary>
    public void SaveTopology(TopologySnapshot topology) => SaveTopology(TopologyName, topology);

    /// <inheritdoc/>
    public void NoteNumbers(IReadOnlyList<NumberRecord> records) => _numbers.Write(records);

    /// <inheritdoc/>
    public IReadOnlyList<NumberRecord> ReadNumbers()
    {
        try
        {
            return _numbers.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataDirectoryException($"{IOPath.Combine(Path, NumbersName)} cannot be read: {e.Message}", e);
        }
    }

    public void Dispose()
    {
        SigningKey.Dispose();
        _numbers.Dispose();
        _lease.Dispose();
        _lock.Dispose();
    }

    private TopologySnapshot? LoadTopology(string name)
    {
        var path = IOPath.Combine(Path, name);
        try
        {
            var topology = TopologyFile.Read(path);
            if (topology is null || IsOfThisStore(topology.ClusterId))
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

    private void SaveTopology(string name, TopologySnapshot topology)
    {
        lock (_gate)
        {
            TopologyFile.Write(IOPath.Combine(Path, name), topology);
        }
    }

    private static void RefuseFile(string path)
    {
        if (File.Exists(path))
        {
            throw new DataDirectoryException(
                $"The data directory {path} is a file. Name a directory, or move the file away: AllData:DataDirectory, or --data of a local cluster.");
        }
    }

    private static DataDirectory OpenLocked(string path, PeerId peer, DirectoryLock heldLock, TimeProvider time, ILogger<DataDirectory> logger)
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
                    $"{leasePath} belongs to data directory {lease.Current.DirectoryId}, not to {identity.Directory}. Put its own copy back, or give "
                    + $"the directory a new identity, which keeps its events: {WaysOut.RenewDirectory(path)}");
            }

            var damage = lease.IsNewestUnknown ? DescribeDamage(leasePath) : null;
            Renew(lease, time);
            var key = SigningKey.OpenOrCreate(IOPath.Combine(path, KeyName));
            var numbers = NumberJournal.Open(IOPath.Combine(path, NumbersName), identity.Directory, lease.Current.Incarnation, DurableFiles.FlushData);
            var directory = new DataDirectory(path, identity, heldLock, lease, numbers, key, damage, logger);
            directory.LogIfDamaged();
            directory._seen = directory.LoadSeenOrdinals();
            return directory;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    // Before anything else: block ids and keys of this run must differ from those of every earlier one. Written twice, so that both slots know the
    // incarnation: whichever slot is damaged later, the other one does not lead to the same incarnation again.
    private static void Renew(LeaseFile lease, TimeProvider time)
    {
        var (until, incarnation) = LeaseRenewal.Next(
            lease.Current.LeasedUntil, lease.Current.Incarnation, lease.IsNewestUnknown, time.GetUtcNow().ToUnixTimeMilliseconds(), lease.LastWritten);
        lease.Write(until, incarnation);
        lease.Write(until, incarnation);
    }

    private static string DescribeDamage(string path) =>
        $"One of the two copies in {path} could not be read when the silo started: a write that a crash has torn, or damage. Keys begin a minute "
        + "later, so that nothing is issued twice. After a crash you need do nothing; otherwise check this disk.";

    private void LogIfDamaged()
    {
        if (LeaseDamage is { } damage)
        {
            LogLeaseDamaged(damage);
        }

        foreach (var remark in new[] { _numbers.SetAside, _numbers.OpeningFailure }.OfType<string>())
        {
            LogNumbersLost(remark);
        }
    }

    private static PeerIdentity Create(string path, string identityPath, string leasePath, PeerId peer)
    {
        // A new identity means a new ordinal: a person must decide that.
        var intervals = IOPath.Combine(path, IntervalsFolder);
        if (Directory.Exists(intervals) && Directory.EnumerateFileSystemEntries(intervals).Any())
        {
            throw new DataDirectoryException(
                $"{identityPath} is missing although the directory holds data. Put a copy of the file back, or give the directory a new identity, "
                + $"which keeps its events: {WaysOut.RenewDirectory(path)}");
        }

        var identity = new PeerIdentity(PeerIdentityFile.FormatVersion, peer.Value, Guid.NewGuid(), Cluster: null);

        // The lease file first: if the identity exists, a missing lease is a loss, not a new directory.
        LeaseFile.Create(leasePath, identity.Directory);
        PeerIdentityFile.Write(identityPath, identity);
        return identity;
    }
}
