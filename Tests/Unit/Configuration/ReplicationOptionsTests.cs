using AllData.Configuration;
using AllData.Replication;

namespace AllData.Tests.Unit.Configuration;

/// <summary>The placement of replicas, as it is configured.</summary>
public sealed class ReplicationOptionsTests
{
    [Theory]
    [InlineData(3, 1, 1, 3, 2, null)]
    [InlineData(3, 1, 0, 1, 2, "AllData:Replication:MinZones is 1, MinRegions is 2: 2 regions are demanded, but only 0 replicas go to other regions.")]
    [InlineData(2, 2, 2, 3, 1, "AllData:Replication:MinZones is 3, MinRegions is 1: 3 zones are demanded, but 2 replicas can lie in 1 to 2 zones.")]
    [InlineData(16, 0, 0, 9, 9, "AllData:Replication:Factor is 16: use 1 to 15.")]
    public void A_spread_that_the_policy_can_never_give_is_refused_at_the_start(
        int factor, int otherZones, int otherRegions, int zones, int regions, string? reason)
    {
        var options = new AllDataOptions
        {
            Replication = new ReplicationOptions
            {
                Factor = factor,
                OtherZoneReplicas = otherZones,
                OtherRegionReplicas = otherRegions,
                MinZones = zones,
                MinRegions = regions,
            },
        };

        var failures = new AllDataOptionsValidator().Validate(null, options).Failures ?? [];

        Assert.Equal(reason is null ? [] : [reason], failures.Select(f => reason is null ? f : f[..Math.Min(f.Length, reason.Length)]));
    }

    [Fact]
    public void What_becomes_of_the_copy_of_a_region_that_is_cut_off_is_one_of_two()
    {
        Assert.True(Validate(WhenRegionCutOff.Owe).Succeeded);
        Assert.Equal("AllData:Replication:WhenRegionCutOff is 7: use Keep or Owe.", Assert.Single(Validate((WhenRegionCutOff)7).Failures!));
        Assert.False(new ReplicationOptions().ToPolicy().OwesCutOffRegions);
        Assert.True(new ReplicationOptions { WhenRegionCutOff = WhenRegionCutOff.Owe }.ToPolicy().OwesCutOffRegions);

        static Microsoft.Extensions.Options.ValidateOptionsResult Validate(WhenRegionCutOff choice) =>
            new AllDataOptionsValidator().Validate(null, new AllDataOptions { Replication = { WhenRegionCutOff = choice } });
    }

    [Fact]
    public void Level_local_can_be_the_level_of_a_silo() => Assert.True(
        new AllDataOptionsValidator().Validate(null, new AllDataOptions { Replication = { CommitLevel = CommitLevel.Local } }).Succeeded);
}
