using AllData.Batching.Gateways;
using AllData.Peers;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Putting;

public sealed class GatewayTableTests
{
    private static readonly TimeSpan Now = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly string[] Places = ["north/a", "north/b", "west/c"];

    private readonly Gateway[] _gateways = [.. Enumerable.Range(1, 3).Select(static ordinal => GatewayTo(ordinal))];

    /// <summary>
    /// What each gateway is in, first to third: "-" nothing, "n" n events in flight, "B" as many batches as may be, "F" it has just failed, "S" silent,
    /// "L" it is where the batch failed last. The answer is the gateway's place, or nothing where the batch waits.
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
        Gateway? last = null;
        foreach (var (gateway, state) in _gateways.Zip(states.Split(' ')))
        {
            last = state.EndsWith('L') ? gateway : last;
            Put(gateway, state.TrimEnd('L'));
        }

        Assert.Equal(expected, table.Pick(Now, last, hasTopic: false)?.Ordinal ?? 0);
    }

    /// <summary>As above; "T" refuses topics, "?" has not been asked, and others take them.</summary>
    [Theory]
    [InlineData(null, "T 5 T", 2)]
    [InlineData(null, "T ? T", 2)]
    [InlineData(null, "T 5L T", 2)]
    [InlineData(null, "T S T", 2)]
    [InlineData(null, "T B T", 0)]
    [InlineData(null, "T F T", 0)]
    [InlineData("north/a", "T 5 -", 2)]
    [InlineData(null, "T T T", 1)]
    [InlineData(null, "TL T T", 2)]
    public void A_batch_with_a_topic_waits_for_a_gateway_that_may_take_it_as_long_as_there_is_one(string? own, string states, int expected)
    {
        var table = Table(own);
        Gateway? last = null;
        foreach (var (gateway, state) in _gateways.Zip(states.Split(' ')))
        {
            last = state.EndsWith('L') ? gateway : last;
            gateway.IsVerified = state != "?";
            gateway.TakesTopics = gateway.IsVerified && !state.StartsWith('T');
            Put(gateway, state.Trim('L', 'T', '?'));
        }

        Assert.Equal(expected, table.Pick(Now, last, hasTopic: true)?.Ordinal ?? 0);
    }

    [Fact]
    public void A_gateway_that_is_found_again_is_known_for_what_it_takes_now()
    {
        var table = Table(null);
        _gateways[1].IsVerified = true;
        Assert.False(_gateways[1].MayTakeTopics);
        table.Add([new Gateway(Coordinator(), 2) { IsVerified = true, TakesTopics = true }]);
        Assert.True(_gateways[1].MayTakeTopics);
        Assert.Equal(3, table.Gateways.Count);
    }

    [Fact]
    public void A_lane_in_trouble_is_avoided_for_a_time_that_grows_within_a_bound_and_is_forgotten_when_it_answers()
    {
        var gateway = _gateways[0];
        var pauses = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            gateway.OnFailed(Now, TimeSpan.Zero);
            pauses.Add((gateway.AvoidedUntil(Now)!.Value - Now).TotalMilliseconds);
        }

        Assert.Equal([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000], pauses);
        Assert.Null(gateway.AvoidedUntil(Now + TimeSpan.FromSeconds(2)));
        gateway.OnAnswered(Now);
        gateway.OnFailed(Now, TimeSpan.FromSeconds(1));
        Assert.Equal(Now + TimeSpan.FromSeconds(1), gateway.AvoidedUntil(Now));
        gateway.OnFailed(Now, TimeSpan.FromHours(1));
        Assert.Equal(Now + TimeSpan.FromSeconds(2), gateway.AvoidedUntil(Now));
    }

    [Fact]
    public void The_table_says_when_the_first_avoided_lane_returns()
    {
        var table = Table(null);
        Assert.Null(table.NextReturn(Now));
        _gateways[0].OnFailed(Now, TimeSpan.FromSeconds(1));
        _gateways[1].OnFailed(Now, TimeSpan.Zero);
        Assert.Equal(Now + TimeSpan.FromMilliseconds(100), table.NextReturn(Now));
    }

    [Fact]
    public void Each_gateway_has_one_lane_and_one_that_comes_to_a_gateway_which_has_one_is_given_up()
    {
        var table = Table(null);
        table.Add([GatewayTo(2), GatewayTo(4)]);
        Assert.Equal([1, 2, 3, 4], table.Ordinals);
        table.OnKeys(_gateways[1], 3);
        Assert.Equal([1, 3, 4], table.Ordinals);
        Assert.True(table.IsInTrouble);
        table.OnKeys(_gateways[0], 5);
        Assert.Equal([5, 3, 4], table.Ordinals);
    }

    [Fact]
    public void The_first_lane_learns_its_gateway_from_its_keys_without_trouble()
    {
        var first = new Gateway(Coordinator(), ordinal: null);
        var table = new GatewayTable(first, new PeerLocation("north", "a"), 1);
        table.Locate(Locations());
        Assert.Equal(GatewayProximity.Elsewhere, first.Distance);
        table.OnKeys(first, 1);
        Assert.Equal(GatewayProximity.SameZone, first.Distance);
        Assert.False(table.IsInTrouble);
    }

    [Fact]
    public void There_are_no_more_lanes_than_the_bound()
    {
        var table = Table(null);
        table.Add(Enumerable.Range(10, 100).Select(static ordinal => GatewayTo(ordinal)));
        Assert.Equal(GatewayTable.MaxGateways, table.Gateways.Count);
    }

    private static void Put(Gateway gateway, string state)
    {
        switch (state)
        {
            case "" or "-":
                break;
            case "B":
                gateway.OnSent(1, Now - Moment);
                gateway.OnSent(1, Now - Moment);
                break;
            case "F":
                gateway.OnFailed(Now - Moment, TimeSpan.Zero);
                break;
            case "S":
                gateway.OnSent(1, Now - Gateway.SilenceBound - Moment);
                break;
            default:
                gateway.OnSent(int.Parse(state), Now - Moment);
                break;
        }
    }

    private GatewayTable Table(string? own)
    {
        var table = new GatewayTable(_gateways[0], own is null ? null : Location(own), batchesInFlight: 2);
        table.Add(_gateways[1..]);
        table.Locate(Locations());
        return table;
    }

    private static Dictionary<int,
        PeerLocation> Locations() => Places.Select(static (place, i) => (i, place)).ToDictionary(static p => p.i + 1, static p => Location(p.place));

    private static PeerLocation Location(string place) => new(place.Split('/')[0], place.Split('/')[1]);

    private static Gateway GatewayTo(int ordinal) => new(Coordinator(), ordinal);

    private static IPutCoordinatorGrain Coordinator() =>
        GrainStub.Of<IPutCoordinatorGrain>(static (_, _) => throw new InvalidOperationException("Nobody calls."));
}
