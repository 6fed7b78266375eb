using AllData.Peers;
using AllData.Placement;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>Which silos one silo believes to run.</summary>
internal sealed class KnownSilos : IHostingSilos
{
    private readonly World _world;
    private readonly SimulatedSilo _silo;
    private readonly Dictionary<int, (int Start, bool IsAlive)> _silos = [];

    /// <summary>Knows which silos run when the silo joins.</summary>
    public KnownSilos(World world, SimulatedSilo silo)
    {
        _world = world;
        _silo = silo;
        foreach (var machine in silo.Machine.Cluster.Machines.Where(m => m.Silo is not null || m == silo.Machine))
        {
            _silos[machine.Number] = (machine.Starts, true);
        }
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<PeerId> Alive => [.. Running().Select(static m => m.Id)];

    /// <inheritdoc/>
    public bool IsAlive(PeerId peer) => IsRunning(_world.Find(peer));

    /// <summary>A silo has started or died; news older than what is known is ignored.</summary>
    public void OnSilo(int machine, int start, bool isAlive)
    {
        if (!_silos.TryGetValue(machine, out var known) || start >= known.Start)
        {
            _silos[machine] = (start, isAlive);
            _ = _silo.Topologies.OnMembershipChanged();
        }
    }

    /// <summary>The other peers that it believes to run, in the order of their numbers.</summary>
    public IEnumerable<Machine> OthersThatRun()
    {
        var topology = _silo.Topologies.Current.Topology;
        return Running().Where(m => m != _silo.Machine && (topology.Count == 0 || topology.IndexOf(m.Id) >= 0));
    }

    private IEnumerable<Machine> Running() => _world.Machines.Where(IsRunning);

    private bool IsRunning(Machine machine) => _silos.TryGetValue(machine.Number, out var known) && known.IsAlive;
}
