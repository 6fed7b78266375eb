using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>Messages that are lost, late or doubled, and connections that are cut.</summary>
internal sealed class NetworkFaults(World world)
{
    /// <summary>For a while messages are lost, doubled and late everywhere.</summary>
    public bool Storm()
    {
        var random = world.Random;
        var storm = new Weather(
            0.3 * Math.Pow(random.NextDouble(), 2), 0.3 * random.NextDouble(),
            TimeSpan.FromMilliseconds(5 + (3_000 * Math.Pow(random.NextDouble(), 3))));
        world.Network.Weather = storm;
        world.Timeline.After(Duration(), () => world.Network.Weather = world.Network.Weather == storm ? Weather.Fair : world.Network.Weather);
        return true;
    }

    /// <summary>Some machines are cut off from others of their cluster. When it lasts, they are taken for dead, and start again when they are back.</summary>
    public bool Part()
    {
        var isRegion = world.Random.Next(2) == 0;
        var one = world.Machines[world.Random.Next(world.Machines.Count)];
        var island = one.Cluster.Machines.Where(m => isRegion ? m.Location.Region == one.Location.Region : world.Random.Next(3) == 0).ToList();
        var mainland = one.Cluster.Machines.Except(island).ToList();
        if (island.Count == 0 || mainland.Count == 0)
        {
            return false;
        }

        Cut(island, mainland);
        var duration = Duration();
        var evicted = duration > TimeSpan.FromSeconds(20) ? island.ConvertAll(static m => m.Silo) : [];
        foreach (var machine in evicted.Count > 0 ? island.Where(static m => m.Silo is not null) : [])
        {
            machine.Cluster.Membership.OnDied(machine);
        }

        world.Timeline.After(duration, () =>
        {
            world.Network.Mend();
            Evict(island, evicted);
        });
        return true;
    }

    /// <summary>Two machines do not hear each other; all others hear both.</summary>
    public bool CutOne()
    {
        var (a, b) = (world.Random.Next(world.Machines.Count), world.Random.Next(-world.Clusters.Count, world.Machines.Count));
        if (a == b)
        {
            return false;
        }

        world.Network.Cut(a, b);
        world.Timeline.After(Duration(), world.Network.Mend);
        return true;
    }

    private static void Evict(List<Machine> island, List<SimulatedSilo?> evicted)
    {
        for (var i = 0; i < evicted.Count; i++)
        {
            if (evicted[i] is not null && island[i].Silo == evicted[i])
            {
                island[i].Kill();
                island[i].Start();
            }
        }
    }

    private void Cut(List<Machine> island, List<Machine> mainland)
    {
        foreach (var machine in island)
        {
            world.Network.Cut(machine.Number, machine.Cluster.Registry.Address);
            mainland.ForEach(other => world.Network.Cut(machine.Number, other.Number));
        }
    }

    private TimeSpan Duration() => TimeSpan.FromSeconds(2 + world.Random.Next(60));
}
