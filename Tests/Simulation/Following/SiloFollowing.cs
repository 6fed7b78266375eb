using AllData.Following;
using AllData.Reading;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;
using Orleans.Runtime;

namespace AllData.Simulation.Following;

/// <summary>Serves the readers that follow through one life of a silo: the shipped classes, over the simulated network.</summary>
internal sealed class SiloFollowing
{
    // A reader whose farewell was lost on the way.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(20);

    private readonly Dictionary<long, FollowStream> _streams = [];
    private readonly World _world;
    private readonly SimulatedSilo _silo;
    private readonly EventFollower _follower;

    /// <summary>Puts them together, as the silo's host does.</summary>
    public SiloFollowing(World world, SimulatedSilo silo)
    {
        (_world, _silo) = (world, silo);
        var source = new SimulatedFollowSource(world, SiloScans.Of(world, silo));
        var feed = new FollowFeed(
            source, new FollowInstruments(world.Followers.Meter, silo.Time), silo.Time, silo.Life.Scheduler, new ErrorWatch<FollowFeed>(world));
        _follower = new EventFollower(feed, source, silo.Time);
    }

    /// <summary>A reader asks for its next page.</summary>
    /// <param name="stream">Which way to a reader.</param>
    /// <param name="number">Counts its pages from 1.</param>
    /// <param name="start">Where it begins.</param>
    /// <exception cref="SiloUnavailableException">Its pages came from another life.</exception>
    public Task<FollowPage> NextAsync(long stream, int number, FollowStart start)
    {
        CloseIdle();
        if (!_streams.TryGetValue(stream, out var found))
        {
            if (number != 1)
            {
                throw new SiloUnavailableException($"{_silo.Machine.Id} does not serve this reader.");
            }

            _streams.Add(stream, found = new FollowStream(_follower, start));
        }

        return found.NextAsync(number, _world.Timeline.Elapsed);
    }

    /// <summary>A reader has gone.</summary>
    public void Close(long stream)
    {
        if (_streams.Remove(stream, out var found))
        {
            _silo.Life.Start(found.CloseAsync);
        }
    }

    private void CloseIdle()
    {
        foreach (var (stream, _) in _streams.Where(s => _world.Timeline.Elapsed - s.Value.AskedAt > Idle).ToList())
        {
            Close(stream);
        }
    }
}
