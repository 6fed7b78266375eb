using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>What goes wrong about keys.</summary>
internal sealed class KeyFaults(World world)
{
    /// <summary>A silo stands still, or is cut off from some others, while two events are put under a key that it has issued.</summary>
    public bool SilentIssuer()
    {
        var issuer = world.Machines[world.Random.Next(world.Machines.Count)];
        if (issuer.Silo is not { } silo || !world.Clients.PutTwice(issuer))
        {
            return false;
        }

        var duration = TimeSpan.FromSeconds(1 + (9 * world.Random.NextDouble()));
        if (world.Random.Next(2) == 0)
        {
            silo.Life.Freeze(duration);
            return true;
        }

        foreach (var other in world.Machines.Where(other => other != issuer && world.Random.Next(2) == 0))
        {
            world.Network.Cut(issuer.Number, other.Number);
        }

        world.Timeline.After(duration, world.Network.Mend);
        return true;
    }
}
