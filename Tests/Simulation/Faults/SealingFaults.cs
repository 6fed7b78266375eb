using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>A sealer that does not say what is true: always the same machine, because more than half of all could not be told from the truth.</summary>
internal sealed class SealingFaults(World world)
{
    private Machine? _liar;

    /// <summary>It proposes a certificate that leaves an event out, or a doubt.</summary>
    public bool Lie()
    {
        if (world.Certificates.Over().ToList() is not { Count: > 0 } over)
        {
            return false;
        }

        _liar ??= world.Machines[world.Random.Next(world.Machines.Count)];
        if (_liar.Silo is not { IsAccepted: true } silo)
        {
            return false;
        }

        var (interval, hidesEvent) = (over[world.Random.Next(over.Count)], world.Random.Next(2) == 0);
        silo.Life.Start(() => silo.Sealing.LieAsync(interval, hidesEvent));
        return true;
    }
}
