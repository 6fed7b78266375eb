using AllData.Events;
using AllData.Reading;
using AllData.Simulation.Machines;
using AllData.Simulation.Running;

namespace AllData.Simulation.Following;

/// <summary>
/// A reader that follows through any silo that runs, with the shipped client. It goes on at another one when its silo is silent; now and then it ends, and
/// begins again some time later where it was.
/// </summary>
internal sealed class Follower
{
    private readonly World _world;
    private readonly FollowCursor _cursor;
    private EventKey? _before;

    /// <summary>A reader that has not begun yet.</summary>
    /// <param name="world">The world.</param>
    /// <param name="number">Counts the readers from 0. Every second one begins with the present.</param>
    public Follower(World world, int number)
    {
        _world = world;
        Address = Network.ReaderOf(number);
        Life = new ProcessLife(world.Timeline, world.OnFault);
        Time = new SimulatedTime(world.Timeline, Life, new MachineClock(world.Timeline, TimeSpan.FromMilliseconds(1)));
        _cursor = new FollowCursor(number, number % 2 == 0 ? default(EventKey) : null);
        world.Invariants.Followers.Add(_cursor);
    }

    /// <summary>Its place on the network.</summary>
    public int Address { get; }

    /// <summary>Its process, which never dies.</summary>
    public ProcessLife Life { get; }

    /// <summary>Its time.</summary>
    public TimeProvider Time { get; }

    /// <summary>Begins.</summary>
    public void Start() => Life.Start(async () =>
    {
        while (true)
        {
            await FollowAsync(TimeSpan.FromSeconds(_world.Random.Next(10, 150)));
            await Task.Delay(TimeSpan.FromSeconds(60 * Math.Pow(_world.Random.NextDouble(), 2)), Time);
        }
    });

    private async Task FollowAsync(TimeSpan duration)
    {
        var end = _world.Timeline.Elapsed + duration;
        var start = _cursor.Position is { } position ? FollowStart.After(position) : FollowStart.Now;
        try
        {
            await foreach (var page in new EventFollow(Open, store: null, start, Time).ReadPagesAsync())
            {
                (_before, var before) = (_cursor.Position, _before);
                _world.Invariants.Followers.OnPage(_cursor, page);
                _before = page.Events is null ? before : _before;
                if (_world.Timeline.Elapsed > end && !_world.Faults.IsOver)
                {
                    return;
                }
            }
        }
        catch (TimeoutException)
        {
            // No silo has served it for long.
        }
    }

    private FollowConnection Open(FollowStart start)
    {
        var machine = _world.Machines[_world.Random.Next(_world.Machines.Count)];
        var isRepeated = _world.Settings.Bug == PlantedBug.GivePageTwice && _before is not null;
        return new FollowConnection(_world, this, machine, _world.Followers.NextStream(), isRepeated ? FollowStart.After(_before!.Value) : start);
    }
}
