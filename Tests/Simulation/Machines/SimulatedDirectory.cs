using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Protocol.Numbers;
using AllData.Simulation.Storage;
using AllData.Storage.Directories;

namespace AllData.Simulation.Machines;

/// <summary>A machine's data directory as one life of a silo has opened it.</summary>
/// <param name="machine">The machine.</param>
/// <param name="forgetsLease">The planted bug: the lease of the life before is not read.</param>
internal sealed class SimulatedDirectory(Machine machine, bool forgetsLease) : IPeerDirectory
{
    private readonly Disk _disk = machine.Disk;

    /// <inheritdoc/>
    public Guid DirectoryId => _disk.Directory;

    /// <inheritdoc/>
    public int? Ordinal => _disk.Ordinal > 0 ? _disk.Ordinal : null;

    /// <inheritdoc/>
    public int Incarnation => _disk.Incarnation;

    /// <summary>As this life knows it: what a fault does to the file later is seen at the next start.</summary>
    public long LeasedUntil { get; private set; } = forgetsLease ? 0 : machine.Disk.LeasedUntil;

    /// <inheritdoc/>
    public void ExtendLease(long untilUnixMilliseconds)
    {
        _disk.ExtendLease(untilUnixMilliseconds, machine.Clock.UnixMilliseconds);
        LeasedUntil = Math.Max(LeasedUntil, untilUnixMilliseconds);
    }

    /// <inheritdoc/>
    public TopologySnapshot? LoadTopology() => _disk.Topology;

    /// <inheritdoc/>
    public void SaveTopology(TopologySnapshot topology) => _disk.Topology = topology;

    /// <inheritdoc/>
    public TopologySnapshot? LoadTopologyOf(int cluster) => _disk.OtherTopologies.GetValueOrDefault(cluster);

    /// <inheritdoc/>
    public void SaveTopologyOf(int cluster, TopologySnapshot topology) =>
        _disk.OtherTopologies = _disk.OtherTopologies.SetItem(cluster, topology);

    /// <inheritdoc/>
    public ClusterDrop? LoadDropBy(int cluster) => null;

    /// <inheritdoc/>
    public void SaveDropBy(int cluster, ClusterDrop drop) => throw new InvalidOperationException("No cluster is dropped in a simulation.");

    /// <inheritdoc/>
    public void NoteNumbers(IReadOnlyList<NumberRecord> records) => _disk.NoteNumbers(records);

    /// <inheritdoc/>
    public IReadOnlyList<NumberRecord> ReadNumbers() => _disk.Numbers;

    /// <inheritdoc/>
    public SeenOrdinals SeenOrdinals => _disk.Seen;

    /// <inheritdoc/>
    public void SeeOrdinals(SeenOrdinals seen) => _disk.Seen = _disk.Seen.Merge(seen);
}
