using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>
/// A sealer that does not say what is true: always the same machine of a cluster, because more than half of all could not be told from the truth.
/// </summary>
internal sealed class SealingFaults(World world)
{
    private readonly Dictionary<SimulatedCluster, Machine> _liars = [];

    /// <summary>It proposes a certificate that leaves an event out, or a doubt.</summary>
    public bool Lie()
    {
        var cluster = world.DrawCluster();
        if (cluster.Registry.Snapshot.Peers.Count(static p => p.Stores) < 3 || cluster.Certificates.Over().ToList() is not { Count: > 0 } over)
        {
            return false;
        }

        if (!_liars.TryGetValue(cluster, out var liar))
        {
            _liars[cluster] = liar = cluster.DrawMachine();
        }

        if (liar.Silo is not { IsAccepted: true } silo)
        {
            return false;
        }

        var (interval, hidesEvent) = (over[world.Random.Next(over.Count)], world.Random.Next(2) == 0);
        silo.Life.Start(() => silo.Sealing.LieAsync(interval, hidesEvent));
        return true;
    }
}
