using AllData.Errors;
using AllData.Peers;
using AllData.Protocol.Placement;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class CommitRequirementTests
{
    [Theory]
    [InlineData(CommitLevel.One, 1, 1)]
    [InlineData(CommitLevel.One, 5, 1)]
    [InlineData(CommitLevel.Quorum, 1, 1)]
    [InlineData(CommitLevel.Quorum, 2, 2)]
    [InlineData(CommitLevel.Quorum, 3, 2)]
    [InlineData(CommitLevel.Quorum, 4, 3)]
    [InlineData(CommitLevel.Quorum, 5, 3)]
    [InlineData(CommitLevel.Quorum, 15, 8)]
    [InlineData(CommitLevel.All, 1, 1)]
    [InlineData(CommitLevel.All, 5, 5)]
    [InlineData(CommitLevel.Local, 3, 1)]
    public void A_level_needs_so_many_replicas_of_the_factor_asked_for(CommitLevel level, int replicationFactor, int needed) =>
        Assert.Equal(needed, CommitRequirement.Create(level, replicationFactor).Needed);

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-1)]
    public void An_unknown_level_is_refused_at_once(int level)
    {
        var error = Assert.Throws<InvalidEventException>(() => CommitRequirement.Create((CommitLevel)level, 3));

        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Contains("One, Quorum, All or Local", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 4)]
    public void Zones_and_regions_that_the_replicas_cannot_lie_in_are_refused_at_once(int minZones, int minRegions) =>
        Assert.Throws<InvalidEventException>(() => CommitRequirement.Create(CommitLevel.Quorum, 3, minZones, minRegions));

    // p1 and p2 north/a, p3 north/b, p4 west/a.
    [Theory]
    [InlineData(CommitLevel.Quorum, 2, 1, "p1 p3", true)]
    [InlineData(CommitLevel.Quorum, 2, 1, "p1 p2", false)]
    [InlineData(CommitLevel.Quorum, 2, 1, "p3", false)]
    [InlineData(CommitLevel.Quorum, 1, 2, "p1 p3", false)]
    [InlineData(CommitLevel.Quorum, 1, 2, "p3 p4", true)]
    [InlineData(CommitLevel.All, 1, 1, "p1 p2", false)]
    [InlineData(CommitLevel.All, 3, 2, "p1 p3 p4", true)]
    [InlineData(CommitLevel.One, 1, 1, "p4", true)]
    [InlineData(CommitLevel.Local, 1, 1, "p4", false)]
    [InlineData(CommitLevel.Local, 1, 1, "p1", true)]
    [InlineData(CommitLevel.Local, 1, 1, "p4 p1", true)]
    [InlineData(CommitLevel.Local, 2, 1, "p1", false)]
    [InlineData(CommitLevel.Local, 2, 1, "p1 p3", true)]
    public void A_set_of_peers_is_enough_by_its_number_its_domains_and_the_own_peer(
        CommitLevel level, int minZones, int minRegions, string holders, bool isMet)
    {
        var topology = TestTopology.Of("north/a", "north/a", "north/b", "west/a");
        var copyset = PlacementPlanner.Draw(topology, TestTopology.Policy(3), TestTopology.At(topology, 1), new Random(1));
        int[] peers = [.. holders.Split(' ').Select(p => topology.IndexOf(PeerId.Parse(p)))];

        Assert.Equal(isMet, copyset.Meets(CommitRequirement.Create(level, 3, minZones, minRegions), peers));
    }
}
