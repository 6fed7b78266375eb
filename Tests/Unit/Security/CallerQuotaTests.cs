using AllData.Security;
using AllData.Silo.Http;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Security;

/// <summary>How a stream waits for its caller's quota, on a clock that the test moves.</summary>
public sealed class CallerQuotaTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new();
    private readonly CallerQuota _quota;

    public CallerQuotaTests()
    {
        _quota = new CallerQuota("app", new QuotaMeter(new PrincipalQuota(EventsPerSecond: 10), _time));
        _quota.Count(30, 300);
    }

    [Fact]
    public async Task A_stream_goes_on_when_more_is_admitted_and_not_before()
    {
        var waiting = _quota.WaitAsync(TimeSpan.FromSeconds(10), _time, default);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(waiting.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Null(await waiting.WaitAsync(Bound));
    }

    [Fact]
    public async Task A_stream_that_would_wait_too_long_ends_with_how_long()
    {
        var refusal = await _quota.WaitAsync(TimeSpan.FromSeconds(2), _time, default).WaitAsync(Bound);

        Assert.Equal(2.1, refusal!.RetryAfter.TotalSeconds, 3);
        Assert.Contains("'app' has used up its quota", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_silo_that_stops_does_not_wait()
    {
        using var stopping = new CancellationTokenSource();
        var waiting = _quota.WaitAsync(TimeSpan.FromSeconds(10), _time, stopping.Token);

        await stopping.CancelAsync();

        Assert.NotNull(await waiting.WaitAsync(Bound));
    }
}
