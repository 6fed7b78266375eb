using AllData.Errors;
using AllData.Security;

namespace AllData.Silo.Http;

/// <summary>The quota of the caller of a request.</summary>
/// <param name="principal">The caller.</param>
/// <param name="meter">What it has used.</param>
internal sealed class CallerQuota(string principal, QuotaMeter meter)
{
    /// <summary>That of a request; null where its caller has none.</summary>
    public static CallerQuota? Of(HttpContext context) => context.Features.Get<CallerQuota>();

    /// <summary>Refuses what is not admitted.</summary>
    /// <exception cref="QuotaExceededException">The quota is used up.</exception>
    public void ThrowIfUsedUp()
    {
        if (meter.Wait() is var wait && wait > TimeSpan.Zero)
        {
            throw new QuotaExceededException(principal, wait);
        }
    }

    /// <summary>Waits until more is admitted, so that a stream is slowed down and not ended.</summary>
    /// <param name="longest">The longest wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="stopping">Ends the wait.</param>
    /// <returns>Null when more is admitted; otherwise why not.</returns>
    public async Task<OverloadedException?> WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken stopping)
    {
        while (meter.Wait() is var wait && wait > TimeSpan.Zero)
        {
            if (wait > longest || stopping.IsCancellationRequested)
            {
                return new OverloadedException(PrincipalQuotas.Refusal(principal), wait);
            }

            await Task.Delay(wait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return null;
    }

    /// <summary>Counts what was admitted.</summary>
    public void Count(int events, long bytes) => meter.Count(events, bytes);
}
