using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Faults;

/// <summary>Causes faults, one after the other and several at once, until it is ended; then everything is repaired.</summary>
internal sealed class FaultPlan
{
    private readonly World _world;
    private readonly (string Name, int Weight, Func<bool> Strike)[] _kinds;
    private readonly SortedDictionary<string, long> _struck = new(StringComparer.Ordinal);
    private bool _isOver;

    /// <summary>Nothing goes wrong yet.</summary>
    public FaultPlan(World world)
    {
        _world = world;
        var silos = new SiloFaults(world);
        var disks = new DiskFaults(world);
        var network = new NetworkFaults(world);
        var members = new MembershipFaults(world);
        var keys = new KeyFaults(world);
        var links = new LinkFaults(world);
        _kinds =
        [
            ("kill", 8, silos.Kill), ("kill several", 2, silos.KillSeveral), ("away beyond the grace period", 2, silos.StayAway), ("freeze", 4,
                silos.Freeze), ("clock step", 4, silos.StepClock),
            ("start with a clock behind", 3, silos.Reboot), ("clock far off", 3, silos.SetClockFarOff),
            ("flipped bytes", 5, disks.Flip), ("wiped disk", 2, disks.Wipe), ("full disk", 3, disks.Fill), ("slow disk", 4, disks.Slow),
            ("bad weather", 5, network.Storm), ("partition", 4, network.Part), ("one connection cut", 4, network.CutOne),
            ("registry away", 3, members.RegistryAway), ("registry restored", world.Settings.RestoresRegistry ? 1
                : 0, members.RestoreRegistry), ("false death", 5, members.Suspect), ("peer added", 1, members.Add),
            ("drain", 3, members.Drain), ("peer lost for ever", 1, members.Lose),
            ("silent issuer with a second payload under a key", 5, keys.SilentIssuer),

            ("registry lost", 1, members.LoseRegistry), ("damaged lease", 2, disks.DamageLease), ("directory put back", 2, disks.PutBack),
            .. world.Settings.Clusters == 1 ? [] : BetweenClusters(links),
            .. world.Settings.Followers == 0 ? [] : ForFollowers(disks),
            .. world.Settings.Sealing ? ForSealing(new SealingFaults(world)) : [],
        ];
    }

    /// <summary>How often each kind has struck.</summary>
    public IReadOnlyDictionary<string, long> Struck => _struck;

    /// <summary>Begins.</summary>
    public void Begin() => _world.Timeline.After(_world.Settings.FaultEvery * -Math.Log(1 - _world.Random.NextDouble()), () =>
    {
        if (!_isOver)
        {
            Strike();
            Begin();
        }
    });

    /// <summary>No more faults, and present ones end: machines run, connections hold, clocks are right.</summary>
    public void End()
    {
        _isOver = true;
        _world.Network.Mend();
        _world.Network.Weather = Weather.Fair;
        _world.Network.Links.Mend();
        foreach (var cluster in _world.Clusters)
        {
            cluster.Registry.IsAway = false;
        }

        foreach (var machine in _world.Machines)
        {
            machine.Clock.Offset = TimeSpan.Zero;
            DiskFaults.Mend(machine);
            machine.Start();
        }
    }

    /// <summary>Whether a fault that was planned to go on may still do so.</summary>
    public bool IsOver => _isOver;

    private static (string Name, int Weight, Func<bool> Strike)[] BetweenClusters(LinkFaults links) =>
    [
        ("cluster cut off", 5, links.CutOff), ("clusters parted", 4, links.Part), ("link cut one way", 5, links.CutOneWay),
        ("link bad", 5, links.Disturb), ("cluster down", 2, links.KillCluster),
    ];

    private static (string Name, int Weight, Func<bool> Strike)[] ForFollowers(DiskFaults disks) =>
    [
        ("new directory with a clock behind", 2, disks.WipeWithClockBehind), ("all disks slow", 3, disks.SlowAll),
    ];

    private static (string Name, int Weight, Func<bool> Strike)[] ForSealing(SealingFaults sealing) => [("sealer that lies", 8, sealing.Lie)];

    private void Strike()
    {
        var draw = _world.Random.Next(_kinds.Sum(static k => k.Weight));
        foreach (var (name, weight, strike) in _kinds)
        {
            draw -= weight;
            if (draw < 0)
            {
                if (strike())
                {
                    _struck[name] = _struck.GetValueOrDefault(name) + 1;
                    _world.Trace.Note(TraceKind.Fault, -1, name);
                }

                return;
            }
        }
    }
}
