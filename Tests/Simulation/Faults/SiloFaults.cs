using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>Silos that die or stand still, and clocks that jump.</summary>
internal sealed class SiloFaults(World world)
{
    /// <summary>Kills a silo; it is started again some time later.</summary>
    public bool Kill() => Kill(RandomRunning());

    /// <summary>Kills several silos at once.</summary>
    public bool KillSeveral()
    {
        var count = world.Random.Next(2, world.Machines.Count + 1);
        var struck = false;
        for (var i = 0; i < count; i++)
        {
            struck |= Kill(RandomRunning());
        }

        return struck;
    }

    /// <summary>A silo is away for longer than the grace period.</summary>
    public bool StayAway()
    {
        if (RandomRunning() is not { } machine)
        {
            return false;
        }

        machine.Kill();
        world.Timeline.After(world.Settings.Repair.GracePeriod + TimeSpan.FromSeconds(world.Random.Next(10, 120)), machine.Start);
        return true;
    }

    /// <summary>A process stands still. If it does so for long, it is taken for dead, and is killed when it continues.</summary>
    public bool Freeze()
    {
        if (RandomRunning() is not { Silo: { } silo } machine)
        {
            return false;
        }

        var duration = TimeSpan.FromSeconds(0.2 + (40 * Math.Pow(world.Random.NextDouble(), 2)));
        silo.Life.Freeze(duration);
        if (duration > TimeSpan.FromSeconds(15))
        {
            machine.Cluster.Membership.OnDied(machine);
            world.Timeline.After(duration, () => Restart(machine, silo));
        }

        return true;
    }

    /// <summary>A clock is set wrong; some time later it is set right.</summary>
    public bool StepClock()
    {
        var machine = world.Machines[world.Random.Next(world.Machines.Count)];
        if (machine.IsClockHeld)
        {
            return false;
        }

        machine.Clock.Offset = TimeSpan.FromSeconds((world.Random.NextDouble() - 0.5) * 240);
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(5, 90)), () => machine.Clock.Offset = TimeSpan.Zero);
        return true;
    }

    /// <summary>A machine breaks down and comes back at once with a clock that is behind: time that it has seen comes again.</summary>
    public bool Reboot()
    {
        if (RandomRunning() is not { IsClockHeld: false } machine)
        {
            return false;
        }

        machine.Kill();
        machine.Clock.Offset = TimeSpan.FromSeconds(-60 * world.Random.NextDouble());
        world.Timeline.After(TimeSpan.FromSeconds(1), machine.Start);
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(20, 90)), () => machine.Clock.Offset = TimeSpan.Zero);
        return true;
    }

    /// <summary>
    /// A clock is hours or days off for a while, from one moment to the next or from a start on. It is set right before a silo that is alone would trust it.
    /// </summary>
    public bool SetClockFarOff()
    {
        var machine = world.Machines[world.Random.Next(world.Machines.Count)];
        if (world.Random.Next(3) == 0 && machine.Silo is not null)
        {
            machine.Kill();
            world.Timeline.After(TimeSpan.FromSeconds(1), machine.Start);
        }

        var hours = Math.Pow(100, world.Random.NextDouble());
        machine.Clock.Offset = TimeSpan.FromHours(world.Random.Next(3) == 0 ? -hours : hours);
        world.Timeline.After(TimeSpan.FromSeconds(world.Random.Next(20, 150)), () => machine.Clock.Offset = TimeSpan.Zero);
        return true;
    }

    private static void Restart(Machine machine, SimulatedSilo silo)
    {
        if (machine.Silo == silo)
        {
            machine.Kill();
            machine.Start();
        }
    }

    private bool Kill(Machine? machine)
    {
        if (machine is null)
        {
            return false;
        }

        machine.Kill();
        world.Timeline.After(TimeSpan.FromSeconds(1 + (90 * Math.Pow(world.Random.NextDouble(), 2))), machine.Start);
        return true;
    }

    private Machine? RandomRunning() => world.Machines[world.Random.Next(world.Machines.Count)] is { Silo: not null } machine ? machine : null;
}
