using AllData.Errors;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Placement;
using AllData.Replication;
using AllData.Simulation.Machines;
using AllData.Simulation.Reading;
using AllData.Simulation.Running;

namespace AllData.Simulation.Work;

/// <summary>The clients that put and scan, through any silo that runs.</summary>
internal sealed class Clients(World world)
{
    private const int MaxReserved = 64;

    private static readonly TimeSpan ScanEvery = TimeSpan.FromSeconds(20);
    private static readonly Topic?[] Topics = [Topic.Parse("orders"), Topic.Parse("bills"), null, null];

    private readonly List<EventKey> _reserved = [];
    private readonly Habit _puts = new();
    private readonly Habit _scans = new();

    /// <summary>Puts that were begun.</summary>
    public long Puts { get; private set; }

    /// <summary>Puts that were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Scans that were begun.</summary>
    public long Scans { get; private set; }

    /// <summary>The greatest key that was handed out; it lies in the future where a clock was ahead.</summary>
    public EventKey LatestReserved { get; private set; }

    /// <summary>Begins to put and scan.</summary>
    public void Begin()
    {
        Again(TimeSpan.FromSeconds(1 / world.Settings.PutsPerSecond), _puts, PutSomething);
        Again(ScanEvery, _scans, ScanSomething);
    }

    /// <summary>No more puts, so that what is seen to be missing is not merely on its way.</summary>
    public void EndPuts() => _puts.IsOver = true;

    /// <summary>No more scans either.</summary>
    public void End() => _scans.IsOver = true;

    /// <summary>Scans everything through every silo.</summary>
    public IReadOnlyList<ScanRun> ScanAll() => [.. world.Machines.Select(machine => Scan(machine.Silo, default)).OfType<ScanRun>()];

    private void Again(TimeSpan every, Habit habit, Action act) => world.Timeline.After(every * -Math.Log(1 - world.Random.NextDouble()), () =>
    {
        if (!habit.IsOver)
        {
            act();
            Again(every, habit, act);
        }
    });

    private void PutSomething()
    {
        var replicas = world.Settings.Policy.ReplicationFactor;
        var zones = world.Random.Next(4) == 0 ? world.Random.Next(1, replicas + 1) : 1;
        var level = (CommitLevel)world.Random.Next(1, 4);
        var requirement = CommitRequirement.Create(level, replicas, zones, world.Clusters.Count > 1 && world.Random.Next(6) == 0 ? 2 : 1);
        switch (world.Random.Next(20))
        {
            case < 13:
                PutFresh(requirement);
                break;
            case < 15:
                Reserve();
                break;
            default:
                PutReserved(requirement);
                break;
        }
    }

    private void PutFresh(CommitRequirement requirement)
    {
        var payloads = new byte[world.Random.Next(1, 4)][];
        for (var i = 0; i < payloads.Length; i++)
        {
            payloads[i] = Payload();
        }

        Try(silo => silo.Coordinator.PutFreshAsync(payloads, requirement));
    }

    private void Reserve()
    {
        if (RandomSilo() is { } silo)
        {
            silo.Life.Start(async () =>
            {
                try
                {
                    var keys = await silo.Coordinator.ReserveAsync(world.Random.Next(1, 9));
                    _reserved.AddRange(keys);
                    LatestReserved = keys[^1] > LatestReserved ? keys[^1] : LatestReserved;
                    _reserved.RemoveRange(0, Math.Max(0, _reserved.Count - MaxReserved));
                }
                catch (PutException)
                {
                    // Some other time.
                }
            });
        }
    }

    // Mostly once; now and then the same again through another silo, or something else under the same key.
    private void PutReserved(CommitRequirement requirement)
    {
        if (_reserved.Count == 0)
        {
            return;
        }

        var key = _reserved[world.Random.Next(_reserved.Count)];
        var payload = Payload();
        var times = world.Random.Next(1, 4);
        for (var i = 0; i < times; i++)
        {
            var chosen = world.Random.Next(3) == 0 ? Payload() : payload;
            var given = new KeyedEvent(key, chosen, TopicOf(chosen));
            var isUnasked = world.Random.Next(4) == 0;
            var delay = TimeSpan.FromMilliseconds(world.Random.Next(3) == 0 ? world.Random.Next(5_000) : world.Random.Next(20));
            world.Timeline.After(delay, () => Try(silo => isUnasked
                ? PutUnaskedAsync(silo, given, requirement)
                : silo.Coordinator.PutGivenAsync(given, requirement)));
        }
    }

    // Replicas may have forgotten what they were asked, the silo that has issued the key may not: to it, the key is no longer fresh.
    private Task PutUnaskedAsync(SimulatedSilo silo, KeyedEvent given, CommitRequirement requirement)
    {
        var issuer = world.Machines.FirstOrDefault(machine => machine.Disk.Ordinal == given.Key.Ordinal);
        _ = issuer?.Silo?.Coordinator.Judge([given.Key]);
        return silo.Coordinator.PutUnaskedAsync(given, requirement);
    }

    /// <summary>Puts two events under one key that a machine has issued, shortly after each other and through any two silos.</summary>
    public bool PutTwice(Machine issuer)
    {
        if (_reserved.FindLastIndex(key => key.Ordinal == issuer.Disk.Ordinal) is not (>= 0 and var index))
        {
            return false;
        }

        var (key, quorum) = (_reserved[index], CommitRequirement.Create(CommitLevel.Quorum, world.Settings.Policy.ReplicationFactor));
        foreach (var delay in new[] { 0, world.Random.Next(4_000) })
        {
            var chosen = Payload();
            var given = new KeyedEvent(key, chosen, TopicOf(chosen));
            world.Timeline.After(TimeSpan.FromMilliseconds(delay), () => Try(silo => silo.Coordinator.PutGivenAsync(given, quorum)));
        }

        return true;
    }

    private void Try(Func<SimulatedSilo, Task> put)
    {
        Puts++;
        if (RandomSilo() is not { } silo)
        {
            return;
        }

        silo.Life.Start(async () =>
        {
            try
            {
                await put(silo);
                Acknowledged++;
            }
            catch (PutException e)
            {
                world.Trace.Note(TraceKind.Failed, silo.Machine.Number, e.GetType().Name);
            }
        });
    }

    private void ScanSomething()
    {
        var now = world.Timeline.Now.ToUnixTimeMilliseconds();
        var from = world.Random.Next(2) == 0 ? default : EventKey.FirstAt(now - world.Random.Next(300_000));
        _ = Scan(RandomSilo(), from);
    }

    private ScanRun? Scan(SimulatedSilo? silo, EventKey from)
    {
        if (silo is not { IsAccepted: true })
        {
            return null;
        }

        Scans++;
        ScanRun? run = null;
        silo.Life.Start(() => (run = new ScanRun(world, silo, from, EventKey.MaxValue)).RunAsync());
        return run;
    }

    private SimulatedSilo? RandomSilo() => world.Machines[world.Random.Next(world.Machines.Count)].Silo;

    /// <summary>The topic of an event: the same whenever it is put again.</summary>
    public static Topic? TopicOf(byte[] payload) => Topics[payload[0] % Topics.Length];

    private byte[] Payload()
    {
        var payload = new byte[8 + world.Random.Next(24)];
        world.Random.NextBytes(payload);
        return payload;
    }

    /// <summary>What is done again and again until it is over.</summary>
    private sealed class Habit
    {
        public bool IsOver { get; set; }
    }
}
