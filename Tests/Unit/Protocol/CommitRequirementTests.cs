using AllData.Errors;
using AllData.Protocol;
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
    public void A_level_needs_so_many_replicas_of_the_factor_asked_for(CommitLevel level, int replicationFactor, int needed) =>
        Assert.Equal(needed, CommitRequirement.Create(level, replicationFactor).Needed);

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(-1)]
    public void An_unknown_level_is_refused_at_once(int level)
    {
        var error = Assert.Throws<InvalidEventException>(() => CommitRequirement.Create((CommitLevel)level, 3));

        Assert.Equal(WrittenState.Nothing, error.Written);
        Assert.Contains("One, Quorum or All", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(4, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 4)]
    public void Zones_and_regions_that_the_replicas_cannot_lie_in_are_refused_at_once(int minZones, int minRegions) =>
        Assert.Throws<InvalidEventException>(() => CommitRequirement.Create(CommitLevel.Quorum, 3, minZones, minRegions));

    [Theory]
    [InlineData(2, 2, 1, true)]
    [InlineData(1, 2, 1, false)]
    [InlineData(2, 1, 1, false)]
    [InlineData(3, 3, 3, true)]
    public void The_counted_replicas_must_also_lie_in_enough_zones(int replicas, int zones, int regions, bool isMet) =>
        Assert.Equal(isMet, CommitRequirement.Create(CommitLevel.Quorum, 3, minZones: 2).IsMetBy(replicas, zones, regions));
}
