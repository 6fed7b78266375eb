using AllData.Membership;
using AllData.Peers;
using AllData.Protocol;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>The newest topology that one silo has heard of, and who it believes to run.</summary>
internal sealed class TopologyView
{
    private readonly World _world;
    private readonly SimulatedSilo _silo;
    private readonly Dictionary<int, (int Start, bool IsAlive)> _silos = [];

    /// <summary>Knows who runs when the silo joins, and no topology yet.</summary>
    public TopologyView(World world, SimulatedSilo silo)
    {
        _world = world;
        _silo = silo;
        foreach (var machine in world.Machines.Where(m => m.Silo is not null || m == silo.Machine))
        {
            _silos[machine.Number] = (machine.Starts, true);
        }

        Live = Overlay(Topology.Prepare(new TopologySnapshot
        {
            Version = 0,
            ClusterId = Guid.Empty,
            IntervalLength = world.Settings.IntervalLength,
            Peers = [],
            Ordinals = [],
        }));
    }

    /// <summary>What planning reads.</summary>
    public LiveTopology Live { get; private set; }

    /// <summary>Takes over a topology if it is newer.</summary>
    public void Offer(TopologySnapshot snapshot)
    {
        if (snapshot.Version <= Live.Topology.Version)
        {
            return;
        }

        var topology = Topology.Prepare(snapshot);
        _silo.Health.KeepOnly(topology);
        _silo.Machine.Disk.Topology = snapshot;
        Live = Overlay(topology);
        _silo.Machine.Disk.Ordinal = Live.OwnOrdinal ?? _silo.Machine.Disk.Ordinal;
    }

    /// <summary>Somebody's silo has started or died; older news than what is known is no news.</summary>
    public void OnSilo(int machine, int start, bool isAlive)
    {
        if (!_silos.TryGetValue(machine, out var known) || start >= known.Start)
        {
            _silos[machine] = (start, isAlive);
            Live = Overlay(Live.Topology);
        }
    }

    /// <summary>The other peers that it believes to run, in the order of their numbers.</summary>
    public IEnumerable<Machine> OthersThatRun() => _world.Machines.Where(m => m != _silo.Machine && _silos.TryGetValue(m.Number, out var known) && known.IsAlive
        && (Live.Topology.Count == 0 || Live.Topology.IndexOf(m.Id) >= 0));

    private LiveTopology Overlay(Topology topology)
    {
        var hosted = new bool[topology.Count];
        for (var i = 0; i < hosted.Length; i++)
        {
            hosted[i] = _silos.TryGetValue(_world.Find(topology[i].Id).Number, out var known) && known.IsAlive;
        }

        var own = _silo.Machine.Disk.Ordinal > 0
            ? _silo.Machine.Disk.Ordinal
            : topology.Snapshot.Ordinals.FirstOrDefault(o => o.Directory == _silo.Machine.Disk.Directory)?.Ordinal;
        return new LiveTopology(topology, own, hosted, _silo.Health, _silo.Time);
    }
}
