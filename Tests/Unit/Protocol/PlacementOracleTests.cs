using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>The planner against <see cref="PlacementOracle"/>.</summary>
public sealed class PlacementOracleTests
{
    [Fact]
    public void Every_copyset_drawn_from_thousands_of_random_topologies_is_legal()
    {
        var random = new Random(20240901);
        for (var i = 0; i < 4_000; i++)
        {
            var topology = TestTopology.Random(random, maxPeers: 9);
            var (policy, local) = RandomWish(random, topology);
            if (topology.ActivePeers == 0)
            {
                continue;
            }

            var legal = new PlacementOracle(topology.Snapshot, policy, local).Enumerate();
            for (var draw = 0; draw < 4; draw++)
            {
                var drawn = PlacementOracle.Describe(PlacementPlanner.Draw(topology, policy, local, random));
                if (!legal.ContainsKey(drawn))
                {
                    Assert.Fail($"Topology {i}, policy {policy}, local {local}: drawn {drawn}; "
                        + $"legal are {string.Join(" | ", legal.Keys.Take(20))}.");
                }
            }
        }
    }

    [Fact]
    public void Every_legal_copyset_is_drawn_sooner_or_later()
    {
        var random = new Random(7);
        for (var i = 0; i < 60; i++)
        {
            var topology = TestTopology.Random(random, maxPeers: 6, percentInactive: 0);
            var (policy, local) = RandomWish(random, topology);
            var legal = new PlacementOracle(topology.Snapshot, policy, local).Enumerate();
            var seen = new HashSet<string>();

            // Missing a result of probability p in n draws has probability (1-p)^n: n = 20/p makes it 2e-9.
            for (var draws = (int)(20 / legal.Values.Min()); draws > 0 && seen.Count < legal.Count; draws--)
            {
                seen.Add(PlacementOracle.Describe(PlacementPlanner.Draw(topology, policy, local, random)));
            }

            Assert.Equal(legal.Keys.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
        }
    }

    [Theory]
    [InlineData(1, 1, 0, "r/a r/b r/b r/c r/c r/c r/d r/d r/d r/d")] // zones of different size, equally often; peers within them too
    [InlineData(2, 1, 0, "r/a r/b r/b r/c r/c r/c r/c")]
    [InlineData(3, 0, 0, "r/a r/a r/a r/a r/a r/b")] // two more of the same zone: all pairs
    [InlineData(4, 3, 0, "r/a r/b r/b r/b r/c r/c r/c")] // a second peer from a zone that had one
    [InlineData(5, 4, 0, "r/a r/b r/b r/c r/c r/d r/d r/d")] // the fourth from one of three zones with one each
    [InlineData(3, 0, 2, "r/a s/x s/y s/y t/x t/x t/x u/z")] // regions, then their zones
    [InlineData(4, 0, 3, "r/a s/x s/y s/y t/x t/x")] // the third of two regions
    [InlineData(5, 1, 1, "r/a r/b r/b s/x s/x s/y t/z")] // tiers filled up with any
    public void Copysets_are_drawn_as_often_as_the_rules_say(int replicationFactor, int otherZones, int otherRegions, string locations)
    {
        var topology = TestTopology.Of(locations.Split(' '));
        var policy = TestTopology.Policy(replicationFactor, otherZones, otherRegions);
        var local = TestTopology.At(topology, 1);
        var expected = new PlacementOracle(topology.Snapshot, policy, local).Enumerate();
        var random = new Random(replicationFactor + locations.Length);

        var test = ChiSquare.Of(expected, 100_000, () => PlacementOracle.Describe(PlacementPlanner.Draw(topology, policy, local, random)));

        Assert.True(test.IsPlausible, test.ToString());
    }

    [Fact]
    public void A_biased_chooser_is_rejected_by_the_same_test()
    {
        var topology = TestTopology.Of("r/a", "r/b", "r/b", "r/c", "r/c", "r/c", "r/c");
        var policy = TestTopology.Policy(2, otherZones: 1);
        var local = TestTopology.At(topology, 1);
        var expected = new PlacementOracle(topology.Snapshot, policy, local).Enumerate();
        var random = new Random(1);

        // One draw in twenty takes the first other peer instead of a random one.
        var biased = ChiSquare.Of(expected, 100_000, () => random.Next(20) == 0
            ? "p1:Local p2:OtherZone"
            : PlacementOracle.Describe(PlacementPlanner.Draw(topology, policy, local, random)));

        // All peers alike, whatever their zone.
        var spreadless = ChiSquare.Of(expected, 100_000, () => $"p1:Local p{random.Next(2, 8)}:OtherZone");

        Assert.False(biased.IsPlausible, biased.ToString());
        Assert.False(spreadless.IsPlausible, spreadless.ToString());
    }

    private static (PlacementPolicy Policy, LocalPeer Local) RandomWish(Random random, Topology topology)
    {
        var policy = TestTopology.Policy(random.Next(1, 6), random.Next(0, 4), random.Next(0, 4), allowUnderReplicated: true);
        var stranger = new LocalPeer(Peers.PeerId.Parse("stranger"), new Peers.PeerLocation($"r{random.Next(4)}", $"z{random.Next(4)}"));
        return (policy, random.Next(8) == 0 ? stranger : TestTopology.At(topology, random.Next(1, topology.Count + 1)));
    }
}
