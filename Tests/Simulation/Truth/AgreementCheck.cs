using AllData.Links;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Simulation.Invariants;
using AllData.Simulation.Machines;
using AllData.Simulation.Reading;
using AllData.Simulation.Running;

namespace AllData.Simulation.Truth;

/// <summary>Compares what the clusters of a store know and give. A store of one cluster always agrees.</summary>
internal sealed class AgreementCheck(World world)
{
    private CopysetResolver? _resolver;

    /// <summary>Whether every running silo knows of each other cluster what its registry says, and its links are up.</summary>
    public bool IsReached() => Views().All(view => ClustersAgree.WhyNot(view.Link, view.Truth) is null);

    /// <summary>Tells the invariant of every view.</summary>
    public void Judge()
    {
        foreach (var (silo, link, truth) in Views())
        {
            world.Invariants.Agreement.CheckView(silo.Machine.Id, link, truth);
        }
    }

    /// <summary>Tells the invariant of the last scans.</summary>
    public void Judge(IReadOnlyList<ScanRun> scans)
    {
        foreach (var scan in world.Clusters.Count > 1 ? scans : [])
        {
            world.Invariants.Agreement.CheckScan(scan, scans[0], mayDoubt: IsDamagedForGood());
        }
    }

    // A block is damaged, and no other peer has it: an event that was put twice may lie in another block, and so faults may take this one.
    private bool IsDamagedForGood() => world.Machines.Where(static m => !m.IsRetired).SelectMany(static m => m.Disk.Blocks)
        .Any(held => held.IsFlipped && world.Census.Find(held.Block.Header.Id).Holders.Count == 0);

    /// <summary>Copies that repair has made at peers that are not responsible for them.</summary>
    public long EarlyCopies { get; private set; }

    /// <summary>Repair has made a copy on a machine.</summary>
    public void OnRepaired(Machine machine, Block block)
    {
        if (world.Clusters.Count == 1 || machine.Silo is not { } silo || Knows(silo, block.Header.Copyset) || IsResponsible(machine, block.Header))
        {
            return;
        }

        EarlyCopies++;
        if (world.Settings.ChecksEarlyCopies)
        {
            world.Invariants.Agreement.OnEarlyCopy(machine.Id, block.Header, silo.Topologies.Unheard);
        }
    }

    private static bool Knows(SimulatedSilo silo, Copyset copyset)
    {
        var topology = silo.Topologies.Current.Topology;
        return copyset.Ordinals.All(ordinal => topology.TryGetPeerOfOrdinal(ordinal, out _));
    }

    private bool IsResponsible(Machine machine, BlockHeader header)
    {
        var snapshot = world.Snapshot;
        var resolver = _resolver?.Topology.Version == snapshot.Version ? _resolver : _resolver = new CopysetResolver(Topology.Prepare(snapshot));
        return resolver.MembersOf(new CopysetDefinition(header.BucketId, [.. header.Copyset.Ordinals], header.ReplicationFactor))
            .Contains(resolver.Topology.IndexOf(machine.Id));
    }

    private IEnumerable<(SimulatedSilo Silo, ClusterLink Link, TopologySnapshot Truth)> Views() =>
        from silo in world.Machines.Select(static m => m.Silo).OfType<SimulatedSilo>()
        from link in silo.Links?.Known.All ?? []
        select (silo, link, world.Clusters[link.Cluster.Number].Registry.Snapshot);
}
