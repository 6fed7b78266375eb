using AllData.Batching;

namespace AllData.Client.Connection;

/// <summary>
/// Repeats a call that may be repeated, each time through another gateway, until it succeeds or the rule says that it is final.
/// </summary>
internal sealed class RetryingCaller(RetryRule rule, TimeProvider time)
{
    /// <summary>Calls.</summary>
    /// <param name="call">Makes one attempt; takes a new grain each time, for its key chooses the gateway.</param>
    /// <param name="cancellation">Ends the waiting, not the call itself.</param>
    public async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            TimeSpan? delay;
            try
            {
                return await call().WaitAsync(cancellation);
            }
            catch (Exception e) when ((delay = rule.DelayAfter(e, attempt)) is not null)
            {
            }

            await Task.Delay(delay.Value, time, cancellation);
        }
    }
}
