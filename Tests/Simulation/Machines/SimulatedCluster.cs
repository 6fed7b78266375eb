using AllData.Configuration;
using AllData.Simulation.Running;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Machines;

/// <summary>One Orleans cluster of the store: its registry, and what its silos hear of each other. Mostly the store has one.</summary>
internal sealed class SimulatedCluster
{
    private readonly World _world;

    /// <summary>A cluster without machines.</summary>
    /// <param name="world">The world.</param>
    /// <param name="number">Its number in the federation document; 0 without a document.</param>
    public SimulatedCluster(World world, int number)
    {
        (_world, Number) = (world, number);
        Federation = StoreDocument.Of(world.Settings, number);
        Registry = new SimulatedRegistry(world, this);
        Membership = new SiloMembership(world, this);
        Certificates = new CertificateTruth(world, this);
    }

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>Its place in the store; nothing where it is a store of its own.</summary>
    public ConfiguredFederation Federation { get; }

    /// <summary>Its registry.</summary>
    public SimulatedRegistry Registry { get; }

    /// <summary>Which of its silos each of them believes to run.</summary>
    public SiloMembership Membership { get; }

    /// <summary>What is known of its certificates.</summary>
    public CertificateTruth Certificates { get; }

    /// <summary>Its machines, those that were carried away included.</summary>
    public IEnumerable<Machine> Machines => _world.Machines.Where(m => m.Cluster == this);

    /// <summary>Whether one of its coordinators has formed a block.</summary>
    public bool IsOf(BlockTruth block) => Federation.Own is not { } store || !store.IsOthers(block.Block.Header.Id.Ordinal);

    /// <summary>One of its machines, by chance.</summary>
    public Machine DrawMachine()
    {
        var machines = Machines.ToList();
        return machines[_world.Random.Next(machines.Count)];
    }
}
