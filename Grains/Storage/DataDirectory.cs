using AllData.Peers;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>
/// The data directory of one peer: locked while it is open, bound to its peer for ever and to its cluster once that is known. It also
/// remembers up to when keys may have been issued, so that nothing is issued twice after a crash.
/// </summary>
internal sealed partial class DataDirectory : IDisposable
{
    /// <summary>Opens the directory of a peer, creates it where there is none, and locks it.</summary>
    /// <exception cref="DataDirectoryException">It is in use, belongs to another peer, or is damaged; the message names the way out.</exception>
    public static DataDirectory Open(string path, PeerId peer, TimeProvider time, ILogger<DataDirectory> logger) =>
        throw new NotImplementedException();

    /// <summary>The full path.</summary>
    public string Path => throw new NotImplementedException();

    /// <summary>The peer it belongs to.</summary>
    public PeerId Peer => throw new NotImplementedException();

    /// <summary>The directory's own identity, made when it was created.</summary>
    public Guid DirectoryId => throw new NotImplementedException();

    /// <summary>The cluster it belongs to; empty until <see cref="BindCluster"/>.</summary>
    public Guid ClusterId => throw new NotImplementedException();

    /// <summary>Rises with every opening; durable before <see cref="Open"/> returns.</summary>
    public int Incarnation => throw new NotImplementedException();

    /// <summary>Keys up to this time (Unix milliseconds, exclusive) may have been issued; 0 in a new directory. Durable.</summary>
    public long LeasedUntil => throw new NotImplementedException();

    /// <summary>Binds the directory to a cluster, once; the same cluster again is no change. Durable when it returns.</summary>
    /// <exception cref="DataDirectoryException">It belongs to another cluster.</exception>
    public void BindCluster(Guid clusterId) => throw new NotImplementedException();

    /// <summary>Raises <see cref="LeasedUntil"/>; durable when it returns. A time that is leased already is no change. Costs one flush.</summary>
    /// <exception cref="DataDirectoryException">The lease cannot be written: no more keys may be issued until the directory is opened anew.</exception>
    public void ExtendLease(long untilUnixMilliseconds) => throw new NotImplementedException();

    /// <summary>The topology that was saved last; null when there is none, or it is damaged or of another cluster (a warning tells).</summary>
    public TopologySnapshot? LoadTopology() => throw new NotImplementedException();

    /// <summary>Keeps a topology for the next start; the file is replaced atomically.</summary>
    public void SaveTopology(TopologySnapshot topology) => throw new NotImplementedException();

    /// <summary>Frees the lock.</summary>
    public void Dispose() => throw new NotImplementedException();
}
