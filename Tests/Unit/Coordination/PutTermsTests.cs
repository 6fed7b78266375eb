using AllData.Configuration;
using AllData.Coordination;
using AllData.Errors;
using AllData.Replication;

namespace AllData.Tests.Unit.Coordination;

/// <summary>The terms of a put, by which puts share blocks.</summary>
public sealed class PutTermsTests
{
    private static readonly AllDataOptions Options = new() { Replication = { Factor = 3, OtherRegionReplicas = 1 } };

    [Fact]
    public void Puts_share_a_block_only_if_they_are_content_with_the_same()
    {
        var asked = new PutOptions { MinRegions = 2, Else = CommitLevel.Quorum };

        Assert.Equal(PutTerms.From(asked, Options), PutTerms.From(asked with { Level = CommitLevel.Quorum }, Options));
        Assert.NotEqual(PutTerms.From(asked, Options), PutTerms.From(asked with { Else = CommitLevel.One }, Options));
        Assert.NotEqual(PutTerms.From(asked, Options), PutTerms.From(asked with { Else = null }, Options));
    }

    [Fact]
    public void A_level_to_fall_back_on_that_could_never_help_is_refused()
    {
        var error = Assert.Throws<InvalidEventException>(() => PutTerms.From(new PutOptions { Else = CommitLevel.Quorum }, Options));

        Assert.Contains("or else for 2 of 3 replicas (Quorum), which is no less", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidEventException>(() => PutTerms.From(new PutOptions { MinRegions = 2, Else = (CommitLevel)7 }, Options));
    }
}
