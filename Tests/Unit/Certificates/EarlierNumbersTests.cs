using AllData.Certificates;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Replication;

namespace AllData.Tests.Unit.Certificates;

/// <summary>A certificate goes by what an earlier one says of coordinators that are gone.</summary>
public sealed class EarlierNumbersTests
{
    private static readonly CertifiedNumbers Before =
        new(2, 7, 10) { Abandoned = NumberRanges.Of([3]), InFlightAtCrash = NumberRanges.Of([8, 9]) };

    private static readonly CertifiedNumbers Gone = new(2, 7, 8) { Missing = NumberRanges.Of([3, 5]), IsEndUnknown = true };

    [Fact]
    public void What_was_known_of_a_coordinator_that_is_gone_is_known_and_what_is_held_no_more_is_missing()
    {
        var one = Of(Gone, Before);
        Assert.Equal((10L, false, "3", "8-9", "5"), (one.Issued, one.IsEndUnknown, $"{one.Abandoned}", $"{one.InFlightAtCrash}", $"{one.Missing}"));

        // One of those in flight has been found.
        var found = Of(Gone with { Issued = 10, Missing = NumberRanges.Of([3, 5, 8]) }, Before);
        Assert.Equal(("8", "5"), ($"{found.InFlightAtCrash}", $"{found.Missing}"));
    }

    [Fact]
    public void Nothing_is_taken_over_where_it_is_known_or_was_not_or_more_is_held_than_there_can_be()
    {
        var known = Gone with { IsEndUnknown = false };
        Assert.Same(known, Of(known, Before));
        Assert.Same(Gone, Of(Gone, Before with { IsEndUnknown = true }));
        Assert.Same(Gone, Of(Gone, Before with { Incarnation = 8 }));
        var more = Gone with { Issued = 11 };
        Assert.Same(more, Of(more, Before));
        Assert.Same(Gone, EarlierNumbers.Of([Gone], newest: null).Single());
    }

    [Fact]
    public void A_coordinator_of_which_nothing_is_held_any_more_stays_named_with_what_is_missing()
    {
        var sealedOne = CertificateSample.Certificate() with { Coordinators = [Before] };
        Assert.Equal("0-2 4-7", $"{EarlierNumbers.Of([], sealedOne).Single().Missing}");
        Assert.True(EarlierNumbers.Of([], sealedOne with { Coordinators = [Before with { IsEndUnknown = true }] }).Single().IsEndUnknown);
    }

    [Theory]
    [InlineData(DoubtReason.Silent, false)]
    [InlineData(DoubtReason.Open, false)]
    [InlineData(DoubtReason.Damaged, true)]
    [InlineData(DoubtReason.Numbers, true)]
    public void What_was_certified_before_all_peers_had_closed_the_interval_is_not_final(DoubtReason reason, bool isFinal)
    {
        var sealedOne = CertificateSample.Certificate() with
        {
            Coordinators = [Before],
            Doubts = [new CertificateDoubt(3, PeerId.Parse("west-c"), reason)],
        };
        Assert.Equal(isFinal, EarlierNumbers.AreFinal(sealedOne));
        Assert.Equal(!isFinal, EarlierNumbers.Of([Gone], sealedOne).Single().IsEndUnknown);
        Assert.Equal(!isFinal, EarlierNumbers.Of([], sealedOne).Single().IsEndUnknown);
    }

    private static CertifiedNumbers Of(CertifiedNumbers now, CertifiedNumbers before) =>
        EarlierNumbers.Of([now], CertificateSample.Certificate() with { Coordinators = [before] }).Single(c => c.Incarnation == now.Incarnation);
}
