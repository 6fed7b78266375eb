using System.Numerics;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>
/// All orders of answers, for small numbers: none may change the outcome, and each keeps the invariants of <see cref="PutWorld"/>.
/// </summary>
public sealed class PutEngineOrderTests
{
    private static readonly Script[] Four = [Script.Stores, Script.Fails, Script.SilentThenStores, Script.SilentThenFails];
    private static readonly Script[] Six = [.. Four, Script.Refuses, Script.SilentForEver];

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 2)]
    [InlineData(3, 1)]
    public void No_order_of_answers_changes_the_outcome(int replicationFactor, int spares)
    {
        var locations = Enumerable.Range(0, replicationFactor + spares).Select(zone => $"r/z{zone}");

        TryAll(replicationFactor, [.. locations], Six, minZones: 1, minRegions: 1);
    }

    [Fact]
    public void No_order_of_answers_changes_the_outcome_with_two_spares_for_three() =>
        TryAll(3, ["r/a", "r/b", "r/c", "r/d", "r/e"], [Script.Stores, Script.Fails, Script.SilentThenStores], minZones: 1, minRegions: 1);

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(1, 2)]
    public void No_order_of_answers_changes_the_outcome_when_domains_are_asked_for(int minZones, int minRegions) =>
        TryAll(3, ["r/a", "r/a", "r/b", "s/c"], Four, minZones, minRegions);

    private static void TryAll(int replicationFactor, string[] locations, Script[] scripts, int minZones, int minRegions)
    {
        var map = new WorldMap(TestTopology.Of(locations));
        var copyset = PlacementPlanner.Draw(
            map.Topology, TestTopology.Policy(replicationFactor, 1, 1), TestTopology.At(map.Topology, 1), new Random(1));
        foreach (var level in Enum.GetValues<CommitLevel>())
        {
            var requirement = CommitRequirement.Create(level, replicationFactor, minZones, minRegions);
            foreach (var assignment in Assignments(locations.Length, scripts))
            {
                TryAllOrders(map, copyset, requirement, assignment);
            }
        }
    }

    private static void TryAllOrders(WorldMap map, PlacedCopyset copyset, CommitRequirement requirement, Script[] scripts)
    {
        // A refusal uses up the place that a spare was drawn for by chance, so that it matters which of several unlike spares met it.
        var isForeseeable = !scripts.Contains(Script.Refuses);
        var spares = scripts.Where((_, peer) => !copyset.Contains(peer)).Distinct().Count();
        bool? outcome = null;
        var choices = new Choices();
        do
        {
            var world = Play(map, copyset, requirement, scripts, choices);
            world.Require(!isForeseeable || world.IsAcknowledged == world.MustSucceed(), "not the outcome that could be foreseen");
            world.Require(spares > 1 || (outcome ?? world.IsAcknowledged) == world.IsAcknowledged, "the order decided");
            outcome = world.IsAcknowledged;
        }
        while (choices.MoveToNext());
    }

    private static PutWorld Play(WorldMap map, PlacedCopyset copyset, CommitRequirement requirement, Script[] scripts, Choices choices)
    {
        var world = new PutWorld(map, copyset, new CommitDemand(requirement), TestAvailability.AllOf(map.Topology), scripts, new Random(1));
        world.Start();
        while (world.Speakers != 0)
        {
            world.Speak(PutEngineScheduleTests.NthBit(world.Speakers, choices.Next(BitOperations.PopCount(world.Speakers))));
        }

        world.Finish();
        return world;
    }

    private static IEnumerable<Script[]> Assignments(int peers, Script[] scripts)
    {
        var count = (int)Math.Pow(scripts.Length, peers);
        for (var number = 0; number < count; number++)
        {
            var rest = number;
            var assignment = new Script[peers];
            for (var peer = 0; peer < peers; peer++, rest /= scripts.Length)
            {
                assignment[peer] = scripts[rest % scripts.Length];
            }

            yield return assignment;
        }
    }

    /// <summary>Walks the tree of all sequences of choices, one leaf after the other.</summary>
    private sealed class Choices
    {
        private readonly List<(int Chosen, int Of)> _path = [];
        private int _depth;

        public int Next(int of)
        {
            if (_depth == _path.Count)
            {
                _path.Add((0, of));
            }

            return _path[_depth++].Chosen;
        }

        public bool MoveToNext()
        {
            _depth = 0;
            while (_path.Count > 0)
            {
                var (chosen, of) = _path[^1];
                if (chosen + 1 < of)
                {
                    _path[^1] = (chosen + 1, of);
                    return true;
                }

                _path.RemoveAt(_path.Count - 1);
            }

            return false;
        }
    }
}
