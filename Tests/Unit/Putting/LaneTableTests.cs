using AllData.Peers;
using AllData.Putting;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

public sealed class LaneTableTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly string[] Places = ["north/a", "north/b", "west/c"];

    private readonly Lane[] _lanes = [.. Enumerable.Range(1, 3).Select(static ordinal => LaneTo(ordinal))];

    /// <summary>
    /// What each lane is in, first to third: "-" nothing, "n" n events under way, "B" as many batches as may be, "F" it has just failed, "S" silent,
    /// "L" it is where the batch failed last. The answer is the lane's place, or nothing where the batch waits.
    /// </summary>
    [Theory]
    [InlineData(null, "5 3 4", 2)]
    [InlineData(null, "5 B 4", 3)]
    [InlineData(null, "F 3 4", 2)]
    [InlineData(null, "S 3 4", 2)]
    [InlineData(null, "- 3L 4", 1)]
    [InlineData(null, "B B B", 0)]
    [InlineData(null, "F F F", 0)]
    [InlineData(null, "F F L", 3)]
    [InlineData(null, "F S F", 2)]
    [InlineData("north/a", "5 - -", 1)]
    [InlineData("north/a", "B - -", 0)]
    [InlineData("north/a", "F 5 -", 2)]
    [InlineData("north/a", "S 5 -", 2)]
    [InlineData("north/a", "L 5 -", 2)]
    [InlineData("north/a", "F F 7", 3)]
    [InlineData("north/z", "5 4 -", 2)]
    [InlineData("south/a", "5 4 -", 3)]
    public void A_batch_takes_the_least_used_of_the_nearest_lanes_that_are_well(string? own, string states, int expected)
    {
        var table = Table(own);
        Lane? last = null;
        foreach (var (lane, state) in _lanes.Zip(states.Split(' ')))
        {
            last = state.EndsWith('L') ? lane : last;
            Put(lane, state.TrimEnd('L'));
        }

        Assert.Equal(expected, table.Pick(Now, last)?.Ordinal ?? 0);
    }

    [Fact]
    public void A_lane_in_trouble_is_avoided_for_a_time_that_grows_within_a_bound_and_is_forgotten_when_it_answers()
    {
        var lane = _lanes[0];
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            lane.OnFailed(Now, TimeSpan.Zero);
            pauses.Add((lane.AvoidedUntil(Now)!.Value - Now).TotalMilliseconds);
        }

        Assert.Equal([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000], pauses);
        Assert.Null(lane.AvoidedUntil(Now + TimeSpan.FromSeconds(2)));
        lane.OnAnswered(Now);
        lane.OnFailed(Now, TimeSpan.FromSeconds(1));
        Assert.Equal(Now + TimeSpan.FromSeconds(1), lane.AvoidedUntil(Now));
        lane.OnFailed(Now, TimeSpan.FromHours(1));
        Assert.Equal(Now + TimeSpan.FromSeconds(2), lane.AvoidedUntil(Now));
    }

    [Fact]
    public void The_table_says_when_the_first_avoided_lane_returns()
    {
        var table = Table(null);
        Assert.Null(table.NextReturn(Now));
        _lanes[0].OnFailed(Now, TimeSpan.FromSeconds(1));
        _lanes[1].OnFailed(Now, TimeSpan.Zero);
        Assert.Equal(Now + TimeSpan.FromMilliseconds(100), table.NextReturn(Now));
    }

    [Fact]
    public void Each_gateway_has_one_lane_and_one_that_comes_to_a_gateway_which_has_one_is_given_up()
    {
        var table = Table(null);
        table.Add([LaneTo(2), LaneTo(4)]);
        Assert.Equal([1, 2, 3, 4], table.Ordinals);
        table.OnKeys(_lanes[1], 3);
        Assert.Equal([1, 3, 4], table.Ordinals);
        Assert.True(table.IsInTrouble);
        table.OnKeys(_lanes[0], 5);
        Assert.Equal([5, 3, 4], table.Ordinals);
    }

    [Fact]
    public void The_first_lane_learns_its_gateway_from_its_keys_without_trouble()
    {
        var first = new Lane(Coordinator(), ordinal: null);
        var table = new LaneTable(first, new PeerLocation("north", "a"), 1);
        table.Locate(Locations());
        Assert.Equal(LaneDistance.Elsewhere, first.Distance);
        table.OnKeys(first, 1);
        Assert.Equal(LaneDistance.SameZone, first.Distance);
        Assert.False(table.IsInTrouble);
    }

    [Fact]
    public void There_are_no_more_lanes_than_the_bound()
    {
        var table = Table(null);
        table.Add(Enumerable.Range(10, 100).Select(static ordinal => LaneTo(ordinal)));
        Assert.Equal(LaneTable.MaxLanes, table.Lanes.Count);
    }

    private static void Put(Lane lane, string state)
    {
        switch (state)
        {
            case "" or "-":
                break;
            case "B":
                lane.OnSent(1, Now - Moment);
                lane.OnSent(1, Now - Moment);
                break;
            case "F":
                lane.OnFailed(Now - Moment, TimeSpan.Zero);
                break;
            case "S":
                lane.OnSent(1, Now - Lane.SilenceBound - Moment);
                break;
            default:
                lane.OnSent(int.Parse(state), Now - Moment);
                break;
        }
    }

    private LaneTable Table(string? own)
    {
        var table = new LaneTable(_lanes[0], own is null ? null : Location(own), batchesInFlight: 2);
        table.Add(_lanes[1..]);
        table.Locate(Locations());
        return table;
    }

    private static Dictionary<int, PeerLocation> Locations() => Places.Select(static (place, i) => (i, place)).ToDictionary(static p => p.i + 1, static p => Location(p.place));

    private static PeerLocation Location(string place) => new(place.Split('/')[0], place.Split('/')[1]);

    private static Lane LaneTo(int ordinal) => new(Coordinator(), ordinal);

    private static IPutCoordinatorGrain Coordinator() => GrainStub.Of<IPutCoordinatorGrain>(static (_, _) => throw new InvalidOperationException("Nobody calls."));
}
