using AllData.Batching;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using Orleans.Runtime;

namespace AllData.Tests.Unit.Putting;

public sealed class RetryRuleTests
{
    private readonly RetryRule _rule = new(new Random(1));

    public static TheoryData<string, Exception, int> Failures => new()
    {
        { "key", new InvalidKeyException("x"), 1 },
        { "event", new InvalidEventException("x"), 1 },
        { "size", new EventTooLargeException("x", 1, 2), 1 },
        { "conflict", new KeyConflictException("x", new KeyConflict(default, default, EventDigest.Of("x"u8))), 1 },
        { "peers", new NotEnoughPeersException("x", 3, 2), 1 },
        { "dropped", new ClusterDroppedException("x", 2), 1 },
        { "regions", new NotEnoughRegionsException("x", []), 1 },
        { "caller", new CallerRefusedException("x"), 1 },
        { "given up", new OperationCanceledException(), 1 },
        { "level", new CommitLevelNotReachedException("x", 2, [], []), RetryRule.MaxAttemptsAfterFailure },
        { "unforeseen", new InvalidOperationException(), RetryRule.MaxAttemptsAfterFailure },
        { "overload", new OverloadedException("x", TimeSpan.Zero), RetryRule.MaxAttempts },
        { "unknown", new PutOutcomeUnknownException("x", [], []), RetryRule.MaxAttempts },
        { "no keys", new KeysUnavailableException("x"), RetryRule.MaxAttempts },
        { "timeout", new TimeoutException(), RetryRule.MaxAttempts },
        { "silo away", new SiloUnavailableException("x"), RetryRule.MaxAttempts },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public void Each_failure_has_its_number_of_attempts(string name, Exception failure, int attempts)
    {
        var allowed = Enumerable.Range(1, 100).TakeWhile(attempt => _rule.DelayAfter(failure, attempt) is not null).Count() + 1;
        Assert.True(attempts == allowed, $"{name}: {attempts} attempts expected, {allowed} allowed.");
    }

    [Fact]
    public void Delays_grow_and_stay_bounded()
    {
        var failure = new TimeoutException();
        var delays = Enumerable.Range(1, RetryRule.MaxAttempts - 1).Select(n => _rule.DelayAfter(failure, n)!.Value).ToList();
        Assert.InRange(delays[0].TotalMilliseconds, 50, 100);
        Assert.InRange(delays[^1].TotalSeconds, 2.5, 5);
        Assert.True(delays.Aggregate((a, b) => a + b) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void An_overloaded_store_is_given_the_time_that_it_asks_for_within_a_bound()
    {
        Assert.Equal(TimeSpan.FromSeconds(2), _rule.DelayAfter(new OverloadedException("x", TimeSpan.FromSeconds(2)), 1));
        Assert.Equal(TimeSpan.FromSeconds(5), _rule.DelayAfter(new OverloadedException("x", TimeSpan.FromHours(2)), 1));
    }
}
