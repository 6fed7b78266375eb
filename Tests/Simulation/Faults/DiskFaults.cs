using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Faults;

/// <summary>Disks that lose, change, refuse or delay what is written.</summary>
internal sealed class DiskFaults(World world)
{
    private static readonly TimeSpan UsualFlush = TimeSpan.FromMilliseconds(2);

    /// <summary>The disk is as good as new, but for what it holds.</summary>
    public static void Mend(Machine machine)
    {
        machine.Disk.FlushTime = UsualFlush;
        if (machine.Disk.IsFull || machine.Silo?.Store.ReadOnlyReason is not null)
        {
            machine.Disk.IsFull = false;
            machine.Kill();
            machine.Start();
        }
    }

    /// <summary>A bit of some blocks flips.</summary>
    public bool Flip()
    {
        var disk = RandomMachine().Disk;
        var struck = false;
        for (var i = world.Random.Next(1, 6); i > 0 && disk.Blocks.Count > 0; i--)
        {
            var held = disk.Blocks.ElementAt(world.Random.Next(disk.Blocks.Count));
            if (!held.IsFlipped && MayBeDestroyed(disk, held))
            {
                disk.Flip(held, world.Random.Next(held.Bytes.Length * 8));
                struck = true;
            }
        }

        return struck;
    }

    /// <summary>A disk is lost; the machine comes back with an empty one.</summary>
    public bool Wipe()
    {
        var machine = RandomMachine();
        if (machine.IsRetired || !MayBeDestroyed(machine))
        {
            return false;
        }

        machine.Wipe();
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(1, 60)), machine.Start);
        return true;
    }

    /// <summary>A disk is lost, and the clock of the machine that comes back with an empty one is behind.</summary>
    public bool WipeWithClockBehind()
    {
        var machine = RandomMachine();
        if (machine.IsRetired || machine.IsClockHeld || !MayBeDestroyed(machine))
        {
            return false;
        }

        machine.Wipe();
        machine.Clock.Offset = TimeSpan.FromSeconds(-60 * world.Random.NextDouble());
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(1, 20)), machine.Start);
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(40, 120)), () => machine.Clock.Offset = TimeSpan.Zero);
        return true;
    }

    /// <summary>The newest slot of a lease is damaged while its silo is down; the clock may be behind when it comes back.</summary>
    public bool DamageLease()
    {
        var machine = RandomMachine();
        if (machine is not { IsRetired: false, Silo: not null, IsClockHeld: false })
        {
            return false;
        }

        machine.Kill();
        machine.Disk.DamageLease();
        if (world.Random.Next(2) == 0)
        {
            machine.Clock.Offset = TimeSpan.FromSeconds(-60 * world.Random.NextDouble());
            world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(20, 90)), () => machine.Clock.Offset = TimeSpan.Zero);
        }

        world.Timeline.After(TimeSpan.FromSeconds(1), machine.Start);
        return true;
    }

    /// <summary>A directory is put back to a copy of it that was made some time before, where all that this takes away is held elsewhere.</summary>
    public bool PutBack()
    {
        var machine = RandomMachine();
        if (machine is not { IsRetired: false, Silo: not null })
        {
            return false;
        }

        var (disk, backup) = (machine.Disk, machine.Disk.BackUp());
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(10, 120)), () =>
        {
            if (!world.Faults.IsOver && MayBePutBack(machine, disk, backup))
            {
                machine.Kill();
                disk.Restore(backup);
                machine.Cluster.Certificates.OnForgotten(machine);
                machine.HoldClock(TimeSpan.FromSeconds(140));
                world.Timeline.After(TimeSpan.FromSeconds(10), machine.Start);
            }
        });
        return true;
    }

    // A copy has forgotten the newest lease: only a clock that is right keeps its keys apart from those that were issued since.
    private bool MayBePutBack(Machine machine, Disk disk, DiskBackup backup) =>
        machine.Disk == disk && !machine.IsRetired && machine.Clock.Offset == TimeSpan.Zero && disk.LeasedUntil < machine.Clock.UnixMilliseconds + 8_000
        && disk.NewerThan(backup).All(held => held.IsFlipped || MayBeDestroyed(disk, held));

    /// <summary>A disk is full, until some of it is freed and the silo is started again.</summary>
    public bool Fill()
    {
        var machine = RandomMachine();
        machine.Disk.IsFull = true;
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(10, 90)), () => Mend(machine));
        return true;
    }

    /// <summary>A disk is slow for a while.</summary>
    public bool Slow() => Slow(RandomMachine());

    /// <summary>All disks are slow for a while: every put is in flight for long.</summary>
    public bool SlowAll() => world.Machines.All(Slow);

    private bool Slow(Machine machine)
    {
        var disk = machine.Disk;
        disk.FlushTime = TimeSpan.FromMilliseconds(10 * Math.Pow(10, 2.7 * world.Random.NextDouble()));
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(5, 60)), () => disk.FlushTime = UsualFlush);
        return true;
    }

    /// <summary>
    /// Whether all copies on a disk may be lost: none of them is the last, unless this run is a careless one. Nor is it the only one that could tell
    /// a registry that was put back of its ordinal: that would be given out again.
    /// </summary>
    public bool MayBeDestroyed(Machine machine) => SimulatedRegistry.Knows(machine.Cluster.Registry.State, machine.Disk.Ordinal)
        && (world.Settings.IsCareless || machine.Disk.Blocks.All(held => held.IsFlipped || MayBeDestroyed(machine.Disk, held)));

    private bool MayBeDestroyed(Disk disk, HeldBlock held) =>
        world.Settings.IsCareless || world.Census.Find(held.Block.Header.Id).Events.All(e => e.IsHeldBeside(disk));

    private Machine RandomMachine() => world.Machines[world.Random.Next(world.Machines.Count)];
}
