using AllData.Configuration;

namespace AllData.Tests.Unit.Configuration;

public sealed class SealingOptionsTests
{
    [Fact]
    public void What_is_not_set_is_valid() => Assert.True(new AllDataOptionsValidator().Validate(null, new AllDataOptions()).Succeeded);

    [Fact]
    public void Times_that_cannot_work_and_zones_that_no_cluster_has_are_refused_with_their_bounds()
    {
        Refuses(static sealing => sealing.Settle = TimeSpan.FromSeconds(-1), "Settle is -00:00:01");
        Refuses(static sealing => sealing.Check = TimeSpan.Zero, "Check 00:00:00");
        Refuses(static sealing => sealing.Patience = TimeSpan.Zero, "Patience 00:00:00");
        Refuses(static sealing => sealing.Patience = TimeSpan.FromHours(1), $"at most {SealingOptions.LongestPatience}");
        Refuses(static sealing => sealing.MinZones = 0, "MinZones is 0");
        Refuses(static sealing => sealing.MinZones = 17, "1 to 16");
    }

    private static void Refuses(Action<SealingOptions> change, string sentence)
    {
        var options = new AllDataOptions();
        change(options.Sealing);
        Assert.Contains(sentence, Assert.Single(new AllDataOptionsValidator().Validate(null, options).Failures!), StringComparison.Ordinal);
    }
}
