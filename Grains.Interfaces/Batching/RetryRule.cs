using System.Net.Sockets;
using AllData.Errors;
using Orleans.Runtime;

namespace AllData.Batching;

/// <summary>
/// Which failures are worth another try, and when. Only for calls that may be repeated: a put must carry its key, so that an earlier attempt that did
/// arrive is found again instead of being stored twice.
/// </summary>
/// <param name="random">Spreads the pauses.</param>
/// <param name="maxAttempts">
/// Attempts in total when the way to the store failed or the store asked to wait. A caller that bounds them by time passes <see
/// cref="int.MaxValue"/>.
/// </param>
internal sealed class RetryRule(Random random, int maxAttempts = RetryRule.MaxAttempts)
{
    /// <summary>Default number of attempts in total when the way to the store failed or the store asked to wait.</summary>
    public const int MaxAttempts = 10;

    /// <summary>Attempts in total when the store itself failed: it has tried other peers before it says so.</summary>
    public const int MaxAttemptsAfterFailure = 4;

    // Further doublings are cut off by the longest delay anyway, and would overflow at some point.
    private const int MaxDoublings = 10;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(5);

    /// <summary>How long to wait before the next attempt; null: the failure is final.</summary>
    /// <param name="failure">Why the attempt failed.</param>
    /// <param name="attempt">The attempt that failed, from 1.</param>
    public TimeSpan? DelayAfter(Exception failure, int attempt)
    {
        if (attempt >= AttemptsFor(failure))
        {
            return null;
        }

        var hint = failure is OverloadedException overloaded ? Min(overloaded.RetryAfter, LongestDelay) : TimeSpan.Zero;
        return Max(hint, Backoff(attempt));
    }

    private int AttemptsFor(Exception failure) => failure switch
    {
        InvalidKeyException or InvalidEventException or EventTooLargeException or KeyConflictException or NotEnoughPeersException
            or NotEnoughRegionsException or ClusterDroppedException or RegionRefusedException or CallerRefusedException => 1,
        OverloadedException or PutOutcomeUnknownException or KeysUnavailableException or OtherStoreException
            or TopicsNotSupportedException => maxAttempts,
        OperationCanceledException => 1,
        _ => IsLostGateway(failure) ? maxAttempts : Math.Min(MaxAttemptsAfterFailure, maxAttempts),
    };

    /// <summary>Whether the failure says that the cluster was not reached, rather than that it answered.</summary>
    public static bool IsLostGateway(Exception failure) => failure is OrleansException or TimeoutException or SocketException;

    /// <summary>Doubles from attempt to attempt; half of it is random, so that calls that failed together do not return together.</summary>
    private TimeSpan Backoff(int attempt)
    {
        var whole = Min(FirstDelay * Math.Pow(2, Math.Min(attempt - 1, MaxDoublings)), LongestDelay);
        return whole * (0.5 + (random.NextDouble() / 2));
    }

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
