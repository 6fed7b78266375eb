using AllData.Diagnostics;
using AllData.Simulation.Machines;
using AllData.Simulation.Reading;
using AllData.Simulation.Running;

namespace AllData.Simulation.Following;

/// <summary>The readers that follow a simulated store.</summary>
internal sealed class Followers(World world) : IDisposable
{
    // Keys that were handed out and not used hold readers up until 35 s after their time.
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(45);

    private readonly Meters _meters = new();
    private AllDataMeter? _meter;
    private long _streams;

    /// <summary>Where the silos of this world show how far their readers are: it ends with the world.</summary>
    public AllDataMeter Meter => _meter ??= new AllDataMeter(_meters);

    /// <summary>Times that a reader has begun at a silo.</summary>
    public long Streams => _streams;

    /// <summary>Readers begin.</summary>
    public void Begin()
    {
        for (var i = 0; i < world.Settings.Followers; i++)
        {
            new Follower(world, i).Start();
        }
    }

    /// <summary>A number for another way from a reader to a silo.</summary>
    public long NextStream() => ++_streams;

    /// <summary>Some time after everything is well, readers have caught up. As long as scans are in doubt, so are they.</summary>
    /// <param name="scans">Scans through all silos.</param>
    /// <param name="runUntil">Lets time go on.</param>
    public void Judge(IReadOnlyList<ScanRun> scans, Action<TimeSpan> runUntil)
    {
        if (world.Settings.Followers == 0)
        {
            return;
        }

        var handedOut = TimeSpan.FromMilliseconds(world.Clients.LatestReserved.UnixMilliseconds - world.Beginning.ToUnixTimeMilliseconds());
        runUntil((handedOut > world.Timeline.Elapsed ? handedOut : world.Timeline.Elapsed) + CatchUp);
        if (scans.All(static scan => scan.IsComplete) && world.Snapshot.Peers.All(p => world.Find(p.Id).Silo is { IsAccepted: true }))
        {
            world.Invariants.Followers.CheckCaughtUp(world.Timeline.Now);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meters.Dispose();
}
