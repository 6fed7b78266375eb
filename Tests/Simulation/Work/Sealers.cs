using AllData.Certificates;
using AllData.Intervals;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using AllData.Simulation.Truth;

namespace AllData.Simulation.Work;

/// <summary>
/// Operators that order intervals to be sealed, and bring back from archives what all peers have lost, through any silo that runs. Where blocks are lost, it
/// happens before their interval is sealed.
/// </summary>
internal sealed class Sealers(World world)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private readonly HashSet<Interval> _robbed = [];
    private bool _isOver;

    /// <summary>Orders that were given.</summary>
    public long Orders { get; private set; }

    /// <summary>Blocks that were taken from all disks before their interval was sealed.</summary>
    public long Lost => _robbed.Count;

    /// <summary>Blocks that were brought back.</summary>
    public long Restored { get; private set; }

    /// <summary>Begins to order.</summary>
    public void Begin() => world.Timeline.After(Every * -Math.Log(1 - world.Random.NextDouble()), () =>
    {
        if (!_isOver)
        {
            Lose();
            Order();
            Restore();
            Begin();
        }
    });

    /// <summary>No more orders.</summary>
    public void End() => _isOver = true;

    /// <summary>Accepts what late blocks have shown to be lost, and nothing else: they are certified then, and not before.</summary>
    public static void AcceptLost(SimulatedCluster cluster)
    {
        foreach (var interval in cluster.Certificates.Unsettled().Where(interval => !cluster.Certificates.IsOverlooked(interval)).ToList())
        {
            if (cluster.Machines.Select(static m => m.Silo).FirstOrDefault(static s => s is { IsAccepted: true }) is { } silo)
            {
                silo.Life.Start(() => AcceptLostAsync(silo, interval));
            }
        }
    }

    // An order without need would seal what should have been sealed by itself.
    private static async Task AcceptLostAsync(SimulatedSilo silo, Interval interval)
    {
        var facts = await silo.Sealing.Examination.RunAsync(interval, isReadInDoubt: true, CancellationToken.None);
        if (facts.Coordinators.Any(static c => !c.Missing.IsEmpty))
        {
            await silo.Sealing.SealAsync(new SealOrder(interval, "lost"));
        }
    }

    // Through several silos at once, now and then.
    private void Order()
    {
        var cluster = world.DrawCluster();
        if (cluster.Certificates.Over().ToList() is not { Count: > 0 } over)
        {
            return;
        }

        var order = OrderFor(over[world.Random.Next(over.Count)]);
        if (cluster.Certificates.IsOverlooked(order.Interval))
        {
            return;
        }

        for (var i = world.Random.Next(1, 4); i > 0; i--)
        {
            if (cluster.DrawMachine().Silo is { IsAccepted: true } silo)
            {
                Orders++;
                silo.Life.Start(() => silo.Sealing.SealAsync(order));
            }
        }
    }

    // One of each interval that has ended and is not sealed, so that most of what was acknowledged in it is still there.
    private void Lose()
    {
        if (!world.Settings.LosesBlocks)
        {
            return;
        }

        var now = world.Timeline.Now.ToUnixTimeMilliseconds();
        var certified = world.Clusters.SelectMany(static c => c.Certificates.Newest.Keys).ToHashSet();
        var blocks = world.Census.Blocks.Where(b => b.Holders.Count > 0 && b.Events.Any(static e => e.IsAcknowledged)
            && IntervalOf(b) is var interval && interval.EndUnixMilliseconds < now && !certified.Contains(interval) && !_robbed.Contains(interval)
            && world.Machines.All(m => m.Disk.Find(b.Block.Header.Id) is null or { IsFlipped: false })).ToList();
        if (blocks.Count > 0 && blocks[world.Random.Next(blocks.Count)] is var lost && _robbed.Add(IntervalOf(lost)))
        {
            world.Trace.Note(TraceKind.Fault, -1, "block lost by all", lost.Block.Header.Id.Sequence);
            foreach (var disk in lost.Holders.ToList())
            {
                disk.Remove(disk.Find(lost.Block.Header.Id)!);
            }
        }
    }

    // It comes into an interval that has a certificate, which was right without it.
    private void Restore()
    {
        var cluster = world.DrawCluster();
        var certified = cluster.Certificates.Newest;
        var lost = world.Census.Blocks.Where(b => IsLost(b) && cluster.IsOf(b) && certified.ContainsKey(IntervalOf(b))).ToList();
        if (lost.Count > 0 && cluster.DrawMachine().Silo is { IsAccepted: true } silo)
        {
            Restored++;
            var block = lost[world.Random.Next(lost.Count)];
            world.Invariants.Followers.Except(block);
            silo.Life.Start(() => silo.OpenStore().RestoreAsync(block.Block));
        }
    }

    // What is lost is accepted sooner than what is not.
    private SealOrder OrderFor(Interval interval)
    {
        var accepts = world.Random.Next(world.Census.Blocks.Any(b => IsLost(b) && IntervalOf(b) == interval) ? 2 : 6) == 0;
        return new SealOrder(interval, accepts ? "lost" : null, EvenUnknown: world.Random.Next(3) == 0);
    }

    private Interval IntervalOf(BlockTruth block) => Interval.Containing(block.Block.Header.UnixMinute, world.Settings.IntervalLength);

    private static bool IsLost(BlockTruth block) => block is { WasStored: true, Holders.Count: 0 };
}
