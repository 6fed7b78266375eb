using AllData.Membership;
using AllData.Peers;
using AllData.Simulation.Running;

namespace AllData.Simulation.Machines;

/// <summary>The registry: the real rules over one state, told to the silos late or not at all; now and then it is away.</summary>
/// <param name="world">The world.</param>
/// <param name="cluster">Its cluster.</param>
internal sealed class SimulatedRegistry(World world, SimulatedCluster cluster)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan HearEvery = TimeSpan.FromSeconds(1);

    private readonly Dictionary<PeerId, (int Start, bool IsAlive)> _silos = [];
    private OrdinalHearing? _hearing;
    private DateTimeOffset _hearingSince;

    /// <summary>What it knows.</summary>
    public RegistryState State { get; private set; } = new();

    /// <summary>Whether it does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>What it tells silos.</summary>
    public TopologySnapshot Snapshot { get; private set; } = RegistryLedger.Snapshot(new RegistryState());

    /// <summary>The number under which it is reached.</summary>
    public int Address => Network.RegistryOf(cluster.Number);

    /// <summary>Begins to look after peers that are away for long.</summary>
    public void Begin() => world.Timeline.After(LookEvery, () =>
    {
        if (!IsAway)
        {
            Change((state, _) => RegistryLedger.ReplaceLongAway(
                state, p => _silos.TryGetValue(p, out var silo) && silo.IsAlive, world.Timeline.Now, world.Settings.Repair.GracePeriod,
                world.Timeline.Now - world.Beginning));
        }

        Begin();
    });

    /// <summary>Whether a state knows of an ordinal; 0, none yet, it always does.</summary>
    public static bool Knows(RegistryState state, int ordinal) => ordinal == 0 || state.Ordinals.Exists(o => o.Ordinal == ordinal);

    /// <summary>Its database is lost, and an older state is put in its place.</summary>
    /// <param name="backup">The state; the registry knows nothing of what has happened since.</param>
    public void Restore(RegistryState backup)
    {
        State = backup;
        Snapshot = RegistryLedger.Snapshot(backup);
        world.Trace.Note(TraceKind.Topology, Address, "restored version", backup.Version);
        (_hearing, _hearingSince) = (new OrdinalHearing(), world.Timeline.Now);
        Hear(_hearing);
    }

    /// <summary>Where the ordinal of a peer that announces itself comes from, should it need one.</summary>
    public OrdinalSource SourceFor(PeerId peer) => Source with { NotHeard = WhyNotHeard(peer) };

    /// <summary>A silo has started or died.</summary>
    public void OnSilo(Machine machine, int start, bool isAlive)
    {
        if (!_silos.TryGetValue(machine.Id, out var known) || start >= known.Start)
        {
            _silos[machine.Id] = (start, isAlive);
        }
    }

    /// <summary>A silo changes something, or asks with a change that changes nothing.</summary>
    /// <param name="caller">The silo.</param>
    /// <param name="change">The change, by the rules.</param>
    /// <exception cref="TimeoutException">No answer; the change may have been made.</exception>
    /// <exception cref="Errors.PeerRefusedException">The rules forbid it.</exception>
    public Task<TopologySnapshot> CallAsync(SimulatedSilo caller, Func<RegistryState, Guid, RegistryState> change)
    {
        var answer = new TaskCompletionSource<TopologySnapshot>();
        var number = caller.Machine.Number;
        world.Network.Send(number, Address, () =>
        {
            if (IsAway)
            {
                return;
            }

            var answered = TryChange(change);
            world.Network.Send(Address, number, () => caller.Life.Run(() => answered(answer)));
        });
        return answer.Task.WaitAsync(Patience, caller.Time);
    }

    /// <summary>An operator, or the registry itself, changes something.</summary>
    public void Change(Func<RegistryState, Guid, RegistryState> change)
    {
        var before = State;
        var next = RegistryLedger.NoteEnds(before, change(before, World.ClusterId), world.Timeline.Now.ToUnixTimeMilliseconds());
        State = next;
        if (next.Version == before.Version)
        {
            return;
        }

        Snapshot = RegistryLedger.Snapshot(next);
        WatchOrdinals();
        world.Trace.Note(TraceKind.Topology, Address, "version", next.Version);
        var told = Snapshot;
        foreach (var machine in cluster.Machines)
        {
            world.Network.Send(Address, machine.Number, () => machine.Silo?.Life.Run(() => machine.Silo?.Topologies.Offer(told)));
        }
    }

    private void WatchOrdinals()
    {
        foreach (var given in world.Clusters.Count > 1 ? Snapshot.Ordinals : [])
        {
            world.Invariants.Issued.OnOrdinal(given.Ordinal, cluster.Number);
        }
    }

    // The planted bug: as if there were no other clusters.
    private OrdinalSource Source => world.Settings.Bug == PlantedBug.TakeOthersOrdinals
        ? OrdinalSource.Alone
        : new OrdinalSource { Federation = cluster.Federation.Own, Now = world.Timeline.Now.ToUnixTimeMilliseconds() };

    private string? WhyNotHeard(PeerId? telling = null) => _hearing?.WhyNotYet(
        Snapshot.Peers.Select(static p => p.Id).Concat(Running().Select(static m => m.Id)).Where(p => p != telling), world.Timeline.Now - _hearingSince);

    private IEnumerable<Machine> Running() => world.Machines.Where(m => _silos.TryGetValue(m.Id, out var silo) && silo.IsAlive);

    private void Hear(OrdinalHearing hearing)
    {
        if (_hearing != hearing)
        {
            return;
        }

        if (WhyNotHeard() is null)
        {
            _hearing = null;
            return;
        }

        foreach (var machine in hearing.Missing(Running().Select(static m => m.Id)).Select(world.Find))
        {
            Ask(hearing, machine);
        }

        world.Timeline.After(HearEvery, () => Hear(hearing));
    }

    private void Ask(OrdinalHearing hearing, Machine machine) => world.Network.Send(Address, machine.Number, () =>
    {
        if (machine.Silo is { } silo)
        {
            silo.Life.Run(() => Answer(hearing, machine, silo));
        }
    });

    private void Answer(OrdinalHearing hearing, Machine machine, SimulatedSilo silo)
    {
        var seen = new SeenTopology(machine.Disk.Seen.ToString(), silo.Topologies.Current.Topology.Snapshot);
        world.Network.Send(machine.Number, Address, () =>
        {
            if (!IsAway)
            {
                Change((state, _) => RegistryLedger.Hear(state, seen, Source));
                hearing.OnHeard(machine.Id);
            }
        });
    }

    private Action<TaskCompletionSource<TopologySnapshot>> TryChange(Func<RegistryState, Guid, RegistryState> change)
    {
        try
        {
            Change(change);
            var snapshot = Snapshot;
            return answer => answer.TrySetResult(snapshot);
        }
        catch (Exception e) when (e is Errors.PeerRefusedException or Errors.RegistryUnavailableException)
        {
            return answer => answer.TrySetException(e);
        }
    }
}
