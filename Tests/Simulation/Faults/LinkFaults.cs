using AllData.Simulation.Links;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>Links between the clusters of a store that are cut or bad, and clusters that are down as a whole.</summary>
internal sealed class LinkFaults(World world)
{
    /// <summary>A cluster is cut off from all others.</summary>
    public bool CutOff()
    {
        var (cluster, duration) = (world.DrawCluster(), Duration());
        foreach (var link in Links.Of(cluster.Number))
        {
            link.Cut(duration);
        }

        return true;
    }

    /// <summary>Two clusters are cut off from each other; a third one reaches both.</summary>
    public bool Part()
    {
        var ((one, other), duration) = (RandomPair(), Duration());
        Links.Between(one, other)!.Cut(duration);
        Links.Between(other, one)!.Cut(duration);
        return true;
    }

    /// <summary>One cluster does not reach another, which reaches it.</summary>
    public bool CutOneWay()
    {
        var (one, other) = RandomPair();
        Links.Between(one, other)!.Cut(Duration());
        return true;
    }

    /// <summary>A link loses, doubles and delays messages, in one direction.</summary>
    public bool Disturb()
    {
        var (random, (one, other)) = (world.Random, RandomPair());
        var weather = new LinkWeather(
            0.6 * Math.Pow(random.NextDouble(), 2), 0.3 * random.NextDouble(), TimeSpan.FromMilliseconds(20 + (4_000 * Math.Pow(random.NextDouble(), 3))));
        Links.Between(one, other)!.Disturb(weather, Duration());
        return true;
    }

    /// <summary>All silos of a cluster die; they start again some time later, one by one.</summary>
    public bool KillCluster()
    {
        var running = world.DrawCluster().Machines.Where(static m => m.Silo is not null).ToList();
        var away = Duration();
        foreach (var machine in running)
        {
            machine.Kill();
            world.Timeline.After(away + TimeSpan.FromSeconds(world.Random.Next(1, 20)), machine.Start);
        }

        return running.Count > 0;
    }

    private LinkMap Links => world.Network.Links;

    private (int One, int Other) RandomPair()
    {
        var one = world.Random.Next(world.Clusters.Count);
        return (one, (one + world.Random.Next(1, world.Clusters.Count)) % world.Clusters.Count);
    }

    // Mostly short: long enough that the link is cut off, and now and then for minutes.
    private TimeSpan Duration() => TimeSpan.FromSeconds(1 + (150 * Math.Pow(world.Random.NextDouble(), 2)));
}
