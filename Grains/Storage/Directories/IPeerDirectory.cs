using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Numbers;

namespace AllData.Storage.Directories;

/// <summary>What a silo remembers of its peer from one run to the next, so that nothing is issued twice and no start needs the registry.</summary>
internal interface IPeerDirectory
{
    /// <summary>The directory's own identity.</summary>
    Guid DirectoryId { get; }

    /// <summary>The ordinal that the registry gave to it; null before.</summary>
    int? Ordinal { get; }

    /// <summary>Rises with every opening.</summary>
    int Incarnation { get; }

    /// <summary>Keys up to this time (Unix milliseconds, inclusive) may have been issued.</summary>
    long LeasedUntil { get; }

    /// <summary>Raises <see cref="LeasedUntil"/>; durable when it returns.</summary>
    /// <exception cref="DataDirectoryException">The lease cannot be written.</exception>
    void ExtendLease(long untilUnixMilliseconds);

    /// <summary>The topology that was saved last; null if there is none that can be used.</summary>
    TopologySnapshot? LoadTopology();

    /// <summary>Keeps a topology for the next start.</summary>
    void SaveTopology(TopologySnapshot topology);

    /// <summary>What another cluster of the store said last of itself; null if there is nothing that can be used.</summary>
    /// <param name="cluster">The cluster's number.</param>
    TopologySnapshot? LoadTopologyOf(int cluster);

    /// <summary>Keeps what another cluster of the store says of itself for the next start.</summary>
    void SaveTopologyOf(int cluster, TopologySnapshot topology);

    /// <summary>Another cluster's word that this silo's cluster was dropped from the store; null if it has not said so.</summary>
    /// <param name="cluster">The other cluster's number.</param>
    ClusterDrop? LoadDropBy(int cluster);

    /// <summary>Keeps another cluster's word that this silo's cluster was dropped from the store; durable when it returns.</summary>
    void SaveDropBy(int cluster, ClusterDrop drop);

    /// <summary>The ordinals that it has ever seen given. A topology that follows one of a registry that was put back may have forgotten some.</summary>
    SeenOrdinals SeenOrdinals { get; }

    /// <summary>Remembers ordinals that were given; durable when it returns.</summary>
    void SeeOrdinals(SeenOrdinals seen);

    /// <summary>Notes what is known of the numbers of this silo's blocks; durable when it returns.</summary>
    /// <exception cref="DataDirectoryException">They could not be written; a later write may succeed.</exception>
    void NoteNumbers(IReadOnlyList<NumberRecord> records);

    /// <summary>What was noted of the numbers of blocks, by all incarnations, in order.</summary>
    /// <exception cref="DataDirectoryException">They could not be read.</exception>
    IReadOnlyList<NumberRecord> ReadNumbers();
}
