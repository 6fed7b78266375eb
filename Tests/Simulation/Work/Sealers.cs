using AllData.Certificates;
using AllData.Intervals;
using AllData.Simulation.Running;

namespace AllData.Simulation.Work;

/// <summary>Operators that order intervals to be sealed, and bring back from archives what all peers have lost, through any silo that runs.</summary>
internal sealed class Sealers(World world)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private bool _isOver;

    /// <summary>Orders that were given.</summary>
    public long Orders { get; private set; }

    /// <summary>Blocks that were brought back.</summary>
    public long Restored { get; private set; }

    /// <summary>Begins to order.</summary>
    public void Begin() => world.Timeline.After(Every * -Math.Log(1 - world.Random.NextDouble()), () =>
    {
        if (!_isOver)
        {
            Order();
            Restore();
            Begin();
        }
    });

    /// <summary>No more orders.</summary>
    public void End() => _isOver = true;

    // Through several silos at once, now and then.
    private void Order()
    {
        if (world.Certificates.Over().ToList() is not { Count: > 0 } over)
        {
            return;
        }

        var order = OrderFor(over[world.Random.Next(over.Count)]);
        if (world.Settings.Bug == PlantedBug.OverlookLate && world.Certificates.Newest.ContainsKey(order.Interval))
        {
            return;
        }

        for (var i = world.Random.Next(1, 4); i > 0; i--)
        {
            if (world.Machines[world.Random.Next(world.Machines.Count)].Silo is { IsAccepted: true } silo)
            {
                Orders++;
                silo.Life.Start(() => silo.Sealing.SealAsync(order));
            }
        }
    }

    // It comes into an interval that has a certificate, which was right without it.
    private void Restore()
    {
        var certified = world.Certificates.Newest;
        var lost = world.Census.Blocks.Where(b => b is { WasStored: true, Holders.Count: 0 }
            && certified.ContainsKey(Interval.Containing(b.Block.Header.UnixMinute, world.Settings.IntervalLength))).ToList();
        if (lost.Count > 0 && world.Machines[world.Random.Next(world.Machines.Count)].Silo is { IsAccepted: true } silo)
        {
            Restored++;
            var block = lost[world.Random.Next(lost.Count)].Block;
            silo.Life.Start(() => silo.OpenStore().RestoreAsync(block));
        }
    }

    private SealOrder OrderFor(Interval interval) =>
        new(interval, world.Random.Next(6) == 0 ? "lost" : null, EvenUnknown: world.Random.Next(3) == 0);
}
