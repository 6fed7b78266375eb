using AllData.Federation;
using AllData.Membership;
using AllData.Peers;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;

namespace AllData.Simulation.Faults;

/// <summary>Peers that come and go, and what is believed of them.</summary>
internal sealed class MembershipFaults(World world)
{
    private const int MaxAdded = 2;

    private int _added;

    /// <summary>The registry does not answer for a while.</summary>
    public bool RegistryAway()
    {
        var registry = world.DrawCluster().Registry;
        registry.IsAway = true;
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(3, 60)), () => registry.IsAway = false);
        return true;
    }

    /// <summary>Some time later the registry is put back to what it knows now.</summary>
    public bool RestoreRegistry()
    {
        var registry = world.DrawCluster().Registry;
        var backup = registry.State;
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(1, 90)), () =>
        {
            // The registry gives out again what no silo can report to it: the ordinal of a directory that is gone, the departure of a peer.
            if (!world.Faults.IsOver
                && registry.State.Tombstones.Count == backup.Tombstones.Count
                && registry.State.Ordinals.TrueForAll(o => SimulatedRegistry.Knows(backup, o.Ordinal) || IsAtHand(o.Directory)))
            {
                registry.Restore(backup);
            }
        });
        return true;
    }

    /// <summary>The registry's database is lost with everything down, and rebuilt from the directories, of which one knows its last state.</summary>
    public bool LoseRegistry()
    {
        var cluster = world.DrawCluster();
        var present = cluster.Machines.Where(m => !m.IsRetired).ToList();

        // One that was put back to an older state before has given ordinals that only it knows.
        var newest = present.Select(static m => m.Disk.Topology?.Version ?? 0).DefaultIfEmpty().Max();
        if (world.Settings.RestoresRegistry || present.Count == 0 || newest != cluster.Registry.State.Version)
        {
            return false;
        }

        present.ForEach(m => m.Kill());
        cluster.Registry.Restore(RegistryRebuild.From(new RegistryState(), present.ConvertAll(EvidenceOf), cluster.Federation.Own));
        present.ForEach(m => world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(1, 30)), m.Start));
        return true;
    }

    private DirectoryEvidence EvidenceOf(Machine machine) => new(
        machine.Disk.ToString(),
        new PeerIdentity(PeerIdentityFile.FormatVersion, machine.Id.Value, machine.Disk.Directory, World.ClusterId, machine.Disk.Ordinal > 0
            ? machine.Disk.Ordinal : null),
        machine.Disk.Topology,
        SeenOrdinals.Of(machine.Disk.Blocks.Select(held => held.Block.Header).SelectMany(h => h.Copyset.Ordinals.Append(h.Id.Ordinal))),
        [])
    {
        PublicKey = world.Settings.Sealing ? machine.Disk.PublicKey : "",
    };

    /// <summary>One silo believes that another is dead.</summary>
    public bool Suspect()
    {
        var (observer, suspected) = (RandomMachine(), RandomMachine());
        if (observer == suspected || observer.Cluster != suspected.Cluster)
        {
            return false;
        }

        observer.Cluster.Membership.Suspect(observer, suspected, TimeSpan.FromSeconds(world.Random.Next(2, 40)));
        return true;
    }

    /// <summary>A new peer joins.</summary>
    public bool Add()
    {
        if (_added == MaxAdded)
        {
            return false;
        }

        _added++;
        world.AddMachine().Start();
        return true;
    }

    /// <summary>A peer is drained; some time later it stays after all, or leaves when it is safe to.</summary>
    public bool Drain()
    {
        var machine = RandomMachine();
        if (!IsRegistered(machine) || machine.IsRetired)
        {
            return false;
        }

        Set(machine, draining: true);
        var leaves = world.Random.Next(2) == 0;
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(10, 240)), () =>
        {
            if (leaves && CanSpare(machine) && MayBeDestroyed(machine))
            {
                Drop(machine);
                machine.Retire();
            }
            else
            {
                Set(machine, draining: false);
            }
        });
        return true;
    }

    /// <summary>A peer breaks permanently, but only if no copy on it is the last; at once or much later it is dropped.</summary>
    public bool Lose()
    {
        var machine = RandomMachine();
        if (!CanSpare(machine) || !MayBeDestroyed(machine))
        {
            return false;
        }

        machine.Retire();
        var patience = world.Settings.Repair.GracePeriod + TimeSpan.FromMinutes(2);
        world.Timeline.After(patience * world.Random.NextDouble(), () => Drop(machine));
        return true;
    }

    private static void Drop(Machine machine) => machine.Cluster.Registry.Change((state, _) => RegistryLedger.Drop(state, machine.Id));

    private bool IsAtHand(Guid directory) => world.Machines.Any(m => m.Disk.Directory == directory && !m.IsRetired);

    private bool MayBeDestroyed(Machine machine) => new DiskFaults(world).MayBeDestroyed(machine);

    // Its cluster keeps one that can be asked what the cluster has given.
    private bool CanSpare(Machine machine) => IsRegistered(machine) && !machine.IsRetired
        && machine.Cluster.Machines.Any(m => m != machine && !m.IsRetired && IsRegistered(m))
        && world.Clusters.Sum(c => c.Registry.Snapshot.Peers.Count(p => p.Id != machine.Id && p.Status == PeerStatus.Active))
            >= world.Settings.Policy.ReplicationFactor;

    private static void Set(Machine machine, bool draining)
    {
        if (IsRegistered(machine))
        {
            machine.Cluster.Registry.Change((state, _) => RegistryLedger.SetDraining(state, machine.Id, draining));
        }
    }

    private static bool IsRegistered(Machine machine) => machine.Cluster.Registry.Snapshot.Peers.Any(p => p.Id == machine.Id);


    private Machine RandomMachine() => world.Machines[world.Random.Next(world.Machines.Count)];
}
