using AllData.Certificates;
using AllData.Intervals;
using AllData.Simulation.Running;

namespace AllData.Simulation.Work;

/// <summary>Operators who order intervals to be sealed, through any silo that runs.</summary>
internal sealed class Sealers(World world)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    private bool _isOver;

    /// <summary>Orders that were given.</summary>
    public long Orders { get; private set; }

    /// <summary>Begins to order.</summary>
    public void Begin() => world.Timeline.After(Every * -Math.Log(1 - world.Random.NextDouble()), () =>
    {
        if (!_isOver)
        {
            Order();
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
        for (var i = world.Random.Next(1, 4); i > 0; i--)
        {
            if (world.Machines[world.Random.Next(world.Machines.Count)].Silo is { IsAccepted: true } silo)
            {
                Orders++;
                silo.Life.Start(() => silo.Sealing.SealAsync(order));
            }
        }
    }

    private SealOrder OrderFor(Interval interval) =>
        new(interval, world.Random.Next(6) == 0 ? "lost" : null, EvenUnknown: world.Random.Next(3) == 0);
}
