using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Storage;

/// <summary>The identity of a replica. Every file of the store remembers it and refuses to be opened as another's.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="ClusterId">The cluster; blocks of another store are refused.</param>
/// <param name="IntervalLength">Length of a consolidation interval, one for the whole cluster.</param>
internal sealed record ReplicaStoreIdentity(PeerId Peer, Guid ClusterId, TimeSpan IntervalLength)
{
    /// <summary>In a federated store: the store, and the ids that its clusters had before they joined it. Blocks of each of them are this store's.</summary>
    public ImmutableArray<Guid> Stores { get; init; } = [];

    /// <summary>Whether a block or a file that names a cluster belongs here.</summary>
    public bool Accepts(Guid cluster) => cluster == ClusterId || Stores.Contains(cluster);

    /// <summary>Whether an entry that says whose a file is says what it should.</summary>
    /// <param name="name">The entry's name.</param>
    /// <param name="found">What it says.</param>
    /// <param name="expected">What it said if the file was made now.</param>
    public bool IsOurs(string name, string found, string expected) =>
        found == expected || (name == "cluster_id" && Guid.TryParse(found, out var cluster) && Accepts(cluster));
}
