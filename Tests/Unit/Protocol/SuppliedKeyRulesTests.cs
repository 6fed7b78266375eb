using AllData.Events;
using AllData.Protocol.Keys;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class SuppliedKeyRulesTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly long Now = new DateTimeOffset(2024, 9, 1, 12, 30, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Theory]
    [InlineData("20240901T110000000000150000", true)] // first of the previous interval
    [InlineData("20240901T105959999000150000", false)]
    [InlineData("20240901T135959999000199999", true)] // last of the next one, issued by a silo whose clock ran ahead
    [InlineData("20240901T140000000000150000", false)]
    [InlineData("20240901T123000000000150000", true)]
    public void A_given_key_lies_in_an_open_interval(string key, bool isAllowed) =>
        Assert.Equal(isAllowed, SuppliedKeyRules.WhyRefused(EventKey.Parse(key), Now, Hour, KeyIssuance.Passed) is null);

    [Theory]
    [InlineData(-10_001, 49_999, true)]
    [InlineData(-10_000, 49_999, false)]
    [InlineData(0, 0, false)]
    [InlineData(500, 0, false)]
    [InlineData(0, 50_000, true)]
    [InlineData(-10_000, 50_000, true)]
    public void A_given_key_of_a_coordinators_own_range_is_older_than_ten_seconds(long age, int sequence, bool isAllowed) =>
        Assert.Equal(isAllowed, SuppliedKeyRules.WhyRefused(EventKey.Create(Now + age, 1, sequence), Now, Hour, KeyIssuance.NotKnown) is null);

    [Theory]
    [InlineData(-60_000, KeyIssuance.Ahead, false)]
    [InlineData(600_000, KeyIssuance.Passed, true)]
    [InlineData(2_000, KeyIssuance.NotKnown, true)]
    [InlineData(2_001, KeyIssuance.NotKnown, false)]
    [InlineData(-60_000, KeyIssuance.NotKnown, true)]
    public void A_reserved_key_that_may_yet_be_issued_and_one_of_the_future_are_not_taken_from_a_client(long age, KeyIssuance issuance, bool isAllowed) =>
        Assert.Equal(isAllowed, SuppliedKeyRules.WhyRefused(EventKey.Create(Now + age, 1, 50_000), Now, Hour, issuance) is null);

    [Theory]
    [InlineData(-2_000, KeyIssuance.NotKnown, false)]
    [InlineData(-1_999, KeyIssuance.NotKnown, true)]
    [InlineData(0, KeyIssuance.Passed, false)]
    public void Of_a_key_of_this_moment_only_the_issuer_can_say_whether_it_may_be_given(long age, KeyIssuance issuance, bool needsIssuer) =>
        Assert.Equal(needsIssuer, SuppliedKeyRules.NeedsIssuer(EventKey.Create(Now + age, 1, 50_000), Now, issuance));

    [Fact]
    public void The_refusal_names_the_key_both_times_and_the_way_out()
    {
        var key = EventKey.Parse("20240901T150000000000150000");

        var reason = SuppliedKeyRules.WhyRefused(key, Now, Hour, KeyIssuance.Passed);

        Assert.Contains(key.ToString(), reason, StringComparison.Ordinal);
        Assert.Contains("from 20240901T110000 to 20240901T140000", reason, StringComparison.Ordinal);
        Assert.Contains("Reserve", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void An_allowed_key_passes() =>
        Assert.Null(SuppliedKeyRules.WhyRefused(EventKey.Create(Now, 1, EventKey.FirstReservedSequence), Now, Hour, KeyIssuance.Passed));
}
