using System.Collections.Immutable;
using AllData.Federation;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Protocol.Topologies;

namespace AllData.Simulation.Storage;

/// <summary>A copy of a data directory that was made some time ago.</summary>
/// <param name="Blocks">The blocks that it has.</param>
/// <param name="Closed">Intervals that were promised closed.</param>
/// <param name="LeasedUntil">The lease.</param>
/// <param name="Incarnation">The incarnation.</param>
/// <param name="Topology">The topology that it remembers.</param>
/// <param name="OtherTopologies">Those of the store's other clusters.</param>
/// <param name="Seen">The ordinals that it has seen given.</param>
/// <param name="Ordinal">The ordinal that the directory was given; 0 before.</param>
/// <param name="Numbers">What was noted of the numbers of blocks.</param>
/// <param name="Certificates">The certificate log, and what was signed of it.</param>
internal sealed record DiskBackup(
    HashSet<BlockId> Blocks, HashSet<Interval> Closed, long LeasedUntil, int Incarnation, TopologySnapshot? Topology,
    ImmutableSortedDictionary<int, TopologySnapshot> OtherTopologies, SeenOrdinals Seen, int Ordinal,
    ImmutableList<NumberRecord> Numbers, CertificateShelf Certificates);
