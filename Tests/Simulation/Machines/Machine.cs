using AllData.Peers;
using AllData.Simulation.Running;
using AllData.Simulation.Storage;

namespace AllData.Simulation.Machines;

/// <summary>A machine: its disk and clock stay when its silo dies.</summary>
internal sealed class Machine
{
    private readonly World _world;
    private int _wipes;
    private DateTimeOffset _clockHeldUntil;

    /// <summary>A new machine with an empty disk; nothing runs on it yet.</summary>
    public Machine(World world, SimulatedCluster cluster, int number, PeerLocation location)
    {
        _world = world;
        Cluster = cluster;
        Number = number;
        Id = PeerId.Parse($"p{number}");
        Location = location;
        Clock = new MachineClock(world.Timeline, world.Settings.ClockTick);
        Disk = NewDisk();
    }

    /// <summary>Counts machines from 0; also their place on the network.</summary>
    public int Number { get; }

    /// <summary>The cluster that its silo belongs to.</summary>
    public SimulatedCluster Cluster { get; }

    /// <summary>The peer that lives here.</summary>
    public PeerId Id { get; }

    /// <summary>Where it stands.</summary>
    public PeerLocation Location { get; }

    /// <summary>Its clock.</summary>
    public MachineClock Clock { get; }

    /// <summary>Its disk.</summary>
    public Disk Disk { get; private set; }

    /// <summary>The silo that runs; null when none does.</summary>
    public SimulatedSilo? Silo { get; private set; }

    /// <summary>Counts the silos that have run here.</summary>
    public int Starts { get; private set; }

    /// <summary>Whether it is permanently out of order: it is never started again.</summary>
    public bool IsRetired { get; private set; }

    /// <summary>Whether its clock is right and stays so for a while.</summary>
    public bool IsClockHeld => _world.Timeline.Now < _clockHeldUntil;

    /// <summary>Keeps the clock right for a while.</summary>
    public void HoldClock(TimeSpan duration) => _clockHeldUntil = _world.Timeline.Now + duration;

    /// <summary>Starts a silo, if none runs.</summary>
    public void Start()
    {
        if (Silo is not null || IsRetired)
        {
            return;
        }

        Starts++;
        _world.Trace.Note(TraceKind.Started, Number);
        Silo = new SimulatedSilo(_world, this);
        Silo.Start();
        Cluster.Membership.OnStarted(this);
    }

    /// <summary>Kills the silo without a word.</summary>
    public void Kill()
    {
        if (Silo is not { } silo)
        {
            return;
        }

        _world.Trace.Note(TraceKind.Killed, Number);
        silo.Life.End();
        silo.Store.LosePower();
        Silo = null;
        Cluster.Membership.OnDied(this);
    }

    /// <summary>The disk is lost; an empty one is put in its place.</summary>
    public void Wipe()
    {
        Kill();
        _world.Trace.Note(TraceKind.Wiped, Number);
        Disk.Destroy();
        _wipes++;
        Cluster.Certificates.OnForgotten(this);
        Disk = NewDisk();
        Cluster.Certificates.OnForgotten(this);
    }

    /// <summary>It is carried away with its disk.</summary>
    public void Retire()
    {
        Kill();
        IsRetired = true;
        Disk.Destroy();
        Cluster.Certificates.OnLost(this);
    }

    private Disk NewDisk()
    {
        var bytes = new byte[16];
        _world.Random.NextBytes(bytes);
        return new Disk(_wipes == 0 ? $"{Id}" : $"{Id} (disk {_wipes + 1})", new Guid(bytes), Cluster.Number, _world.Census);
    }
}
