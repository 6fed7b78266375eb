using AllData.Protocol.Placement;
using AllData.Protocol.Topologies;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>
/// The order of replacements, step by step: the failed one's own tier in an unused zone (region), then that tier, then any tier in an unused
/// domain, then any.
/// </summary>
public sealed class SpareOrderTests
{
    // p1 is the coordinator's own. Each row takes away what the row before it was answered with.
    private const string Zones = "r/a r/a r/b r/b r/c r/c s/x";
    private const string Regions = "r/a r/a s/x s/x s/y t/z t/z r/b u/w";

    [Theory]
    [InlineData(Zones, "p1 p3 p5", "p5", "", "p6", "1: its tier, a zone that is unused now")]
    [InlineData(Zones, "p1 p3 p5", "p5", "p6", "p4", "2: its tier, beside another replica")]
    [InlineData(Zones, "p1 p3 p5", "p5", "p6 p4", "p7", "3: another tier, an unused domain")]
    [InlineData(Zones, "p1 p3 p5", "p5", "p6 p4 p7", "p2", "4: any")]
    [InlineData(Zones, "p1 p3 p5", "p5", "p6 p4 p7 p2", null, "nobody is left")]
    [InlineData(Regions, "p1 p3 p6", "p6", "p9", "p7", "1: its tier, a region that is unused now")]
    [InlineData(Regions, "p1 p3 p6", "p6", "p7", "p9", "1: its tier, a region that was never used")]
    [InlineData(Regions, "p1 p3 p6", "p6", "p7 p9", "p5", "2: its tier, an unused zone first")]
    [InlineData(Regions, "p1 p3 p6", "p6", "p7 p9 p5", "p4", "2: its tier, beside another replica")]
    [InlineData(Regions, "p1 p3 p6", "p6", "p7 p9 p5 p4", "p8", "3: another tier, an unused domain")]
    [InlineData(Regions, "p1 p3 p6", "p6", "p7 p9 p5 p4 p8", "p2", "4: any")]
    [InlineData(Zones, "p1 p3 p7", "p1", "", "p2", "1: nobody else is local, the same zone comes nearest")]
    [InlineData(Zones, "p1 p3 p7", "p1", "p2 p6", "p5", "3: another tier, an unused domain")]
    [InlineData(Zones, "p1 p3 p7", "p1", "p2 p6 p5", "p4", "4: any")]
    public void A_replacement_is_looked_for_in_four_steps(
        string locations, string members, string failed, string alsoDead, string? expected, string step)
    {
        foreach (var fails in new Func<PutBench, string, PutBench>[] { (put, peer) => put.Failed(peer), (put, peer) => put.Silent(peer) })
        {
            var put = Start(locations, members, alsoDead);

            fails(put, failed);

            Assert.True(put.Sent.ElementAtOrDefault(3) == expected, $"{step}: {put.Sent.ElementAtOrDefault(3) ?? "nobody"}");
        }
    }

    private static PutBench Start(string locations, string members, string dead)
    {
        var topology = TestTopology.Of(locations.Split(' '));
        var gone = dead.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(peer => (peer, PeerAvailability.Dead));
        var names = members.Split(' ');
        var isThirdElsewhere = locations == Regions;
        var policy = isThirdElsewhere ? TestTopology.Policy(3, 0, 2)
            : names.Contains("p7") ? TestTopology.Policy(3, 1, 1) : TestTopology.Policy(3, 2);
        return new PutBench(
            topology, policy, CommitRequirement.Create(CommitLevel.All, 3), TestAvailability.Where(topology, [.. gone]), names);
    }
}
