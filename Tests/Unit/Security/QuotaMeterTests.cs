using AllData.Security;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Security;

/// <summary>What a quota admits, on a clock that the test moves.</summary>
public sealed class QuotaMeterTests
{
    private readonly FakeTimeProvider _time = new();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1_000)]
    [InlineData(3_500)]
    public void A_rate_holds_within_a_twentieth_over_a_minute_whatever_comes_at_once(int atOnce)
    {
        var meter = new QuotaMeter(new PrincipalQuota(EventsPerSecond: 1_000), _time);
        var admitted = 0L;
        for (var end = _time.GetUtcNow().AddMinutes(2); _time.GetUtcNow() < end;)
        {
            if (meter.Wait() is var wait && wait > TimeSpan.Zero)
            {
                _time.Advance(wait);
                continue;
            }

            meter.Count(atOnce, 10);
            admitted += atOnce;
        }

        Assert.InRange(admitted, 120_000 * 0.95, 120_000 * 1.05);
    }

    [Fact]
    public void The_scarcest_number_decides_and_what_is_left_of_a_second_is_no_credit_for_the_next_minute()
    {
        var meter = new QuotaMeter(new PrincipalQuota(EventsPerSecond: 10, BytesPerSecond: 1_000), _time);
        _time.Advance(TimeSpan.FromMinutes(1));

        meter.Count(events: 1, bytes: 3_000);

        Assert.Equal(2.001, meter.Wait().TotalSeconds, 3);
        _time.Advance(TimeSpan.FromSeconds(2.001));
        Assert.Equal(TimeSpan.Zero, meter.Wait());
    }

    [Fact]
    public void A_day_may_be_used_at_once_and_fills_again_over_a_day()
    {
        var meter = new QuotaMeter(new PrincipalQuota(BytesPerDay: 86_400_000), _time);

        meter.Count(1, 86_400_000);
        Assert.Equal(0.001, meter.Wait().TotalSeconds, 4);
        _time.Advance(TimeSpan.FromHours(1));
        meter.Count(1, 3_600_000);
        Assert.True(meter.Wait() > TimeSpan.Zero);
    }

    [Fact]
    public void Each_principal_has_its_own_and_a_changed_quota_begins_again()
    {
        var quotas = new PrincipalQuotas(_time);
        var slow = new Principal("slow", StoreRoles.Writer, [], []) { Quota = new PrincipalQuota(EventsPerSecond: 1) };
        quotas.Of(slow)!.Count(5, 0);

        Assert.True(quotas.Of(slow)!.Wait() > TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, quotas.Of(slow with { Name = "other" })!.Wait());
        Assert.Null(quotas.Of(slow with { Quota = null }));
        Assert.Equal(TimeSpan.Zero, quotas.Of(slow with { Quota = new PrincipalQuota(EventsPerSecond: 2) })!.Wait());
    }
}
