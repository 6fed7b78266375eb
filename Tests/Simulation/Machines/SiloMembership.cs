using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Tells each silo which others run: each hears of it at a different time, and now and then something wrong.</summary>
/// <param name="world">The world.</param>
/// <param name="cluster">The silos' cluster.</param>
internal sealed class SiloMembership(World world, SimulatedCluster cluster)
{
    private static readonly TimeSpan LongestBirth = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDeath = TimeSpan.FromSeconds(15);

    /// <summary>A silo has started.</summary>
    public void OnStarted(Machine machine) => Tell(machine, machine.Starts, isAlive: true, LongestBirth);

    /// <summary>A silo has died.</summary>
    public void OnDied(Machine machine) => Tell(machine, machine.Starts, isAlive: false, LongestDeath);

    /// <summary>One silo believes for a while that another is dead.</summary>
    public void Suspect(Machine observer, Machine suspected, TimeSpan duration)
    {
        var start = suspected.Starts;
        observer.Silo?.Life.Run(() => observer.Silo?.Silos.OnSilo(suspected.Number, start, isAlive: false));
        world.Timeline.After(duration, () => Correct(observer, suspected, start));
    }

    private static void Correct(Machine observer, Machine suspected, int start)
    {
        if (suspected.Starts == start && suspected.Silo is not null)
        {
            observer.Silo?.Life.Run(() => observer.Silo?.Silos.OnSilo(suspected.Number, start, isAlive: true));
        }
    }

    private void Tell(Machine machine, int start, bool isAlive, TimeSpan longest)
    {
        world.Timeline.After(longest / 2, () => cluster.Registry.OnSilo(machine, start, isAlive));
        // A silo never believes itself dead: it learns that it was declared dead, and ends.
        foreach (var other in cluster.Machines.Where(other => other != machine))
        {
            world.Timeline.After(longest * world.Random.NextDouble(), () =>
                other.Silo?.Life.Run(() => other.Silo?.Silos.OnSilo(machine.Number, start, isAlive)));
        }
    }
}
