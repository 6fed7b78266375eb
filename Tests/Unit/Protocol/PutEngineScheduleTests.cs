using System.Globalization;
using System.Numerics;
using AllData.Errors;
using AllData.Protocol.Links;
using AllData.Protocol.Placement;
using AllData.Protocol.Puts;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Random schedules: topologies, outages, demands, scripts, orders, deadlines. Each is replayed by its number.</summary>
public sealed class PutEngineScheduleTests
{
    private const string CountVariable = "ALLDATA_TEST_SCHEDULES";
    private const int DefaultCount = 250_000;

    private static readonly WorldMap[] Maps = MakeMaps();

    [Fact]
    public void Random_schedules_keep_the_invariants()
    {
        var asked = Environment.GetEnvironmentVariable(CountVariable);
        var count = int.TryParse(asked, CultureInfo.InvariantCulture, out var number) ? number : DefaultCount;
        var acknowledged = 0;
        var failed = 0;
        var (owing, fallenBack, withoutRegions, leaving) = (0, 0, 0, 0);
        for (var schedule = 0; schedule < count; schedule++)
        {
            var world = Play(schedule);
            acknowledged += world.IsAcknowledged ? 1 : 0;
            failed += world.Error is not null ? 1 : 0;
            owing += world.IsAcknowledged && world.Owes ? 1 : 0;
            fallenBack += world.IsAcknowledged && world.HasFallenBack ? 1 : 0;
            leaving += world.IsAcknowledged && world.IsLeaving ? 1 : 0;
            withoutRegions += world.Error is NotEnoughRegionsException ? 1 : 0;
        }

        // A schedule that always ends the same way would prove nothing.
        Assert.InRange(acknowledged, count / 4, count);
        Assert.InRange(failed, count / 20, count);
        Assert.All([owing, fallenBack, withoutRegions, leaving], number => Assert.InRange(number, count / 1_000, count));
    }

    /// <summary>The position of the n-th set bit.</summary>
    internal static int NthBit(uint bits, int n)
    {
        for (; n > 0; n--)
        {
            bits &= bits - 1;
        }

        return BitOperations.TrailingZeroCount(bits);
    }

    private static PutWorld Play(int number)
    {
        var random = new Random(number);
        var map = Maps[random.Next(Maps.Length)];
        var topology = map.Topology;
        var policy = TestTopology.Policy(random.Next(1, 6), random.Next(3), random.Next(3), allowUnderReplicated: true);
        policy = random.Next(4) == 0 ? policy with { Spread = new SpreadDemand(random.Next(1, 4), random.Next(1, 3)) } : policy;
        policy = policy with { OwesCutOffRegions = random.Next(2) == 0 };
        var copyset = PlacementPlanner.Draw(topology, policy, TestTopology.At(topology, random.Next(1, topology.Count + 1)), random);
        var availability = RandomAvailability(random, topology);
        var cutOff = RandomCutOff(random, copyset, availability);
        var usesUpPlaces = random.Next(3) == 0;
        var scripts = RandomScripts(random, topology.Count, usesUpPlaces);
        var held = random.Next(5) == 0 ? (uint)random.Next(1 << topology.Count) & (uint)random.Next(1 << topology.Count) : 0;
        var world = new PutWorld(map, copyset, RandomDemand(random, policy.ReplicationFactor), availability, scripts, random, held, cutOff);
        var mustSucceed = world.MustSucceed();
        var deadlineAfter = random.Next(4) == 0 ? random.Next(12) : int.MaxValue;
        var availabilityChanges = random.Next(8) == 0;
        try
        {
            Run(world, random, deadlineAfter, availabilityChanges ? availability : null);
            world.Require(usesUpPlaces || deadlineAfter != int.MaxValue || availabilityChanges || world.IsAcknowledged == mustSucceed,
                "not the outcome that could be foreseen");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Schedule {number}: {e.Message}", e);
        }

        return world;
    }

    private static void Run(PutWorld world, Random random, int deadlineAfter, TestAvailability? changing)
    {
        world.Start();
        for (var step = 0; world.Speakers != 0; step++)
        {
            if (step == deadlineAfter)
            {
                world.PassDeadline();
            }

            changing?.ChangeOne(random);
            if (random.Next(8) == 0)
            {
                world.SpeakOutOfTurn(random.Next(world.Peers));
            }

            world.Speak(NthBit(world.Speakers, random.Next(BitOperations.PopCount(world.Speakers))));
        }

        world.Finish(isAvailabilityStable: changing is null);
    }

    private static TestAvailability RandomAvailability(Random random, Topology topology)
    {
        var availability = TestAvailability.AllOf(topology);
        var trouble = random.Next(3);
        for (var peer = 0; peer < topology.Count; peer++)
        {
            availability[peer] = random.Next(4) < trouble ? (PeerAvailability)random.Next(3) : PeerAvailability.Available;
        }

        return availability;
    }

    // A store of one cluster, of several, or of several of which some are cut off.
    private static CutOffRegions? RandomCutOff(Random random, PlacedCopyset copyset, TestAvailability availability)
    {
        var topology = copyset.Topology;
        var regions = topology.Snapshot.Peers.Select(static peer => peer.Location.Region).Distinct()
            .Where(region => region != copyset.Site.Location.Region && random.Next(2) == 0).ToHashSet();
        var leaving = random.Next(4) == 0 ? RandomLeaving(random, copyset, regions) : null;
        if (random.Next(3) == 0 || regions.Count == 0)
        {
            return random.Next(2) == 0 || leaving is not null ? CutOffRegions.Of([], hasOthers: true, leaving) : null;
        }

        for (var peer = 0; peer < topology.Count; peer++)
        {
            availability[peer] = regions.Contains(topology[peer].Location.Region) ? PeerAvailability.Dead : availability[peer];
        }

        var all = regions.Select(region => new CutOffRegion(region, DateTimeOffset.UnixEpoch, HasDropped: leaving is not null && random.Next(2) == 0));
        return CutOffRegions.Of([.. all], hasOthers: true, leaving);
    }

    // The own region, and maybe further ones of the own cluster.
    private static LeavingRegions RandomLeaving(Random random, PlacedCopyset copyset, HashSet<string> others)
    {
        var own = copyset.Topology.Snapshot.Peers.Select(static peer => peer.Location.Region).Distinct().Except(others).Append(copyset.Site.Location.Region);
        var left = own.Distinct().Where(region => region == copyset.Site.Location.Region || random.Next(2) == 0);
        return new LeavingRegions([.. left], new ClusterDrop("Said.", 2));
    }

    private static CommitDemand RandomDemand(Random random, int replicationFactor)
    {
        var first = RandomRequirement(random, replicationFactor);
        var other = CommitRequirement.Create((CommitLevel)random.Next(1, 5), replicationFactor);
        return new CommitDemand(first, random.Next(3) == 0 ? other : null);
    }

    private static Script[] RandomScripts(Random random, int peers, bool usesUpPlaces)
    {
        var scripts = new Script[peers];
        var trouble = random.Next(1, 5);
        for (var peer = 0; peer < peers; peer++)
        {
            scripts[peer] = random.Next(4) >= trouble ? Script.Stores
                : usesUpPlaces ? (Script)random.Next(8)
                : (Script)(random.Next(6) switch { 4 => (int)Script.PushesBack, 5 => (int)Script.SilentForEver, var other => other });
        }

        return scripts;
    }

    private static CommitRequirement RandomRequirement(Random random, int replicationFactor)
    {
        var wantsDomains = random.Next(2) == 0;
        return CommitRequirement.Create((CommitLevel)random.Next(1, 5), replicationFactor,
            wantsDomains ? random.Next(1, replicationFactor + 1) : 1, wantsDomains ? random.Next(1, replicationFactor + 1) : 1);
    }

    private static WorldMap[] MakeMaps()
    {
        var random = new Random(1);
        var topologies = Enumerable.Range(0, 1_000).Select(_ => TestTopology.Random(random, maxPeers: 9));
        return [.. topologies.Where(topology => topology.ActivePeers > 0).Select(topology => new WorldMap(topology))];
    }
}
