using AllData.Peers;
using AllData.Protocol.Links;
using AllData.Simulation.Faults;
using AllData.Simulation.Following;
using AllData.Simulation.Invariants;
using AllData.Simulation.Links;
using AllData.Simulation.Machines;
using AllData.Simulation.Reading;
using AllData.Simulation.Truth;
using AllData.Simulation.Work;

namespace AllData.Simulation.Running;

/// <summary>One simulated store, mostly of one cluster, with all that happens to it. Everything follows from its settings.</summary>
internal sealed class World
{
    // A fault that was planned before the end may still strike: a process that was cut off ends, a peer that was lost is dropped minutes later.
    private const int MaxScanRounds = 10;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LongestSealing = TimeSpan.FromMinutes(15);

    private readonly List<Machine> _machines = [];
    private readonly Dictionary<PeerId, Machine> _byPeer = [];
    private Exception? _fault;

    /// <summary>Prepares a world; nothing has happened yet.</summary>
    /// <param name="settings">What it is like.</param>
    /// <param name="lines">Where its course is written; null: nowhere.</param>
    public World(WorldSettings settings, TextWriter? lines = null)
    {
        Settings = settings;
        Random = new Random(settings.Seed);
        Timeline = new Timeline(Beginning);
        Trace = new Trace(Timeline, lines);
        Invariants = new InvariantSet(Timeline, settings, OnFault);
        Census = new Census(Invariants, Timeline) { KeepsEntries = settings.Sealing };
        Network = new Network(Timeline, Random, new LinkMap(Timeline, Random, settings.Clusters), number => _machines[number].Cluster.Number);
        Clusters = [.. Enumerable.Range(0, settings.Clusters).Select(number => new SimulatedCluster(this, number))];
        Drop = new SaidDrop(this);
        Agreement = new AgreementCheck(this);
        Numbers = new NumberCheck(this);
        Sealers = new Sealers(this);
        Faults = new FaultPlan(this);
        Clients = new Clients(this);
        Followers = new Followers(this);
    }

    /// <summary>The store, and the id of its clusters.</summary>
    public static Guid ClusterId { get; } = new("c1005eed-0000-4000-8000-000000000001");

    /// <summary>When it begins: shortly before an interval ends.</summary>
    public DateTimeOffset Beginning { get; } = new(2026, 3, 1, 11, 58, 0, TimeSpan.Zero);

    /// <summary>What it is like.</summary>
    public WorldSettings Settings { get; }

    /// <summary>The one source of chance.</summary>
    public Random Random { get; }

    /// <summary>What is yet to happen.</summary>
    public Timeline Timeline { get; }

    /// <summary>What has happened.</summary>
    public Trace Trace { get; }

    /// <summary>What must hold.</summary>
    public InvariantSet Invariants { get; }

    /// <summary>What really is.</summary>
    public Census Census { get; }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The clusters, in the order of their numbers.</summary>
    public IReadOnlyList<SimulatedCluster> Clusters { get; }

    /// <summary>What a cluster says of another one's drop.</summary>
    public SaidDrop Drop { get; }

    /// <summary>What the registries say, as one topology.</summary>
    public TopologySnapshot Snapshot => Clusters.Count == 1
        ? Clusters[0].Registry.Snapshot
        : StoreTopology.Combine(Clusters[0].Registry.Snapshot, Clusters.Select(static c => new ClusterSnapshot(c.Number, c.Registry.Snapshot, []))).Snapshot;

    /// <summary>Whether the clusters agree.</summary>
    public AgreementCheck Agreement { get; }

    /// <summary>What is known of the numbers of blocks.</summary>
    public NumberCheck Numbers { get; }

    /// <summary>Those that order intervals to be sealed.</summary>
    public Sealers Sealers { get; }

    /// <summary>What goes wrong.</summary>
    public FaultPlan Faults { get; }

    /// <summary>The clients that put and scan.</summary>
    public Clients Clients { get; }

    /// <summary>The readers that follow.</summary>
    public Followers Followers { get; }

    /// <summary>The machines, those that were carried away included.</summary>
    public IReadOnlyList<Machine> Machines => _machines;

    /// <summary>How long convergence took after the last fault; null before.</summary>
    public TimeSpan? Convergence { get; private set; }

    /// <summary>The machine of a peer.</summary>
    public Machine Find(PeerId peer) => _byPeer[peer];

    /// <summary>Puts another machine up; it is not started.</summary>
    public Machine AddMachine()
    {
        var number = _machines.Count;
        var region = number % Settings.Regions;
        var location = new PeerLocation($"r{region}", $"z{number / Settings.Regions % Settings.Zones}");
        var machine = new Machine(this, Clusters[region % Clusters.Count], number, location);
        _machines.Add(machine);
        _byPeer.Add(machine.Id, machine);
        return machine;
    }

    /// <summary>Lets everything happen.</summary>
    /// <exception cref="SimulationFailure">An invariant does not hold.</exception>
    public void Run()
    {
        var before = SynchronizationContext.Current;
        try
        {
            for (var i = 0; i < Settings.Peers; i++)
            {
                AddMachine().Start();
            }

            foreach (var cluster in Clusters)
            {
                cluster.Registry.Begin();
            }

            Clients.Begin();
            Followers.Begin();
            if (Settings.Sealing)
            {
                Sealers.Begin();
            }

            Faults.Begin();
            if (Settings.DropsCluster)
            {
                Drop.Begin();
            }

            RunUntil(Settings.FaultTime);
            Faults.End();
            Clients.EndPuts();
            AwaitConvergence();
        }
        finally
        {
            Followers.Dispose();
            SynchronizationContext.SetSynchronizationContext(before);
        }
    }

    /// <summary>One of the clusters, by chance.</summary>
    public SimulatedCluster DrawCluster() => Clusters.Count == 1 ? Clusters[0] : Clusters[Random.Next(Clusters.Count)];

    /// <summary>Something threw where nothing may.</summary>
    public void OnFault(Exception fault) => _fault ??= fault;

    private void AwaitConvergence()
    {
        var check = new ConvergenceCheck(this);
        while (Timeline.Elapsed < Settings.FaultTime + Settings.LongestQuiet)
        {
            RunUntil(Timeline.Elapsed + LookEvery);
            if (check.IsConverged() && Agreement.IsReached())
            {
                break;
            }
        }

        Convergence = Timeline.Elapsed - Settings.FaultTime;
        Clients.End();
        check.Judge();
        Agreement.Judge();
        Numbers.Judge();
        Trace.Note(TraceKind.Converged, -1, "", (long)Convergence.Value.TotalSeconds);
        AwaitCertificates();
        var scans = ScanAll();
        Agreement.Judge(scans);
        Followers.Judge(scans, RunUntil);
    }

    // No more orders: what is at rest is sealed by itself, and sealed again where something came late.
    private void AwaitCertificates()
    {
        if (!Settings.Sealing)
        {
            return;
        }

        Sealers.End();
        var end = Timeline.Elapsed + LongestSealing;
        while (Timeline.Elapsed < end && !Clusters.All(static c => !c.Certificates.Unsettled().Any() && c.Certificates.Over().Any()))
        {
            RunUntil(Timeline.Elapsed + LookEvery);
        }

        foreach (var cluster in Clusters)
        {
            Sealers.AcceptLost(cluster);
        }

        RunUntil(Timeline.Elapsed + LookEvery);

        foreach (var cluster in Clusters)
        {
            cluster.Certificates.JudgeVersions();
            cluster.Certificates.JudgeLog();
        }
    }

    // Of a cluster alone, scans in doubt are right as long as a peer that is lost is not dropped. Clusters must agree in the end.
    private IReadOnlyList<ScanRun> ScanAll()
    {
        var rounds = Clusters.Count == 1 ? 1 : MaxScanRounds;
        while (true)
        {
            var scans = Clients.ScanAll();
            RunUntil(Timeline.Elapsed + TimeSpan.FromMinutes(1));
            if (--rounds == 0 || scans.All(static scan => scan.IsComplete))
            {
                return scans;
            }
        }
    }

    private void RunUntil(TimeSpan end)
    {
        // In steps: a fault that was found ends the run soon, and the first fault is the one to report.
        while (Timeline.Elapsed < end)
        {
            var step = Timeline.Elapsed + TimeSpan.FromMilliseconds(100);
            Timeline.RunUntil(step < end ? step : end);
            if (_fault is not null)
            {
                throw _fault as SimulationFailure ?? new SimulationFailure(
                    "no fault is unhandled", $"seed {Settings.Seed}, {Timeline.Elapsed:hh\\:mm\\:ss\\.fff}: {_fault}");
            }
        }
    }
}
