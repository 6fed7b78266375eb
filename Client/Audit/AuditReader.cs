using System.Runtime.CompilerServices;
using AllData.Batching;
using AllData.Replication;

namespace AllData.Client.Audit;

/// <summary>Reads an audit window by window; if a gateway is lost, it continues with the missing window through another one.</summary>
internal sealed class AuditReader(IGrainFactory grains, RetryRule rule, TimeProvider time)
{
    /// <summary>The windows of a range, each once.</summary>
    public async IAsyncEnumerable<AuditPage> ReadAsync(AuditRange range, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var isLast = false;
        for (var attempt = 1; !isLast; attempt++)
        {
            await using var pages = grains.GetClusterAudit().Audit(range).GetAsyncEnumerator(cancellation);
            while (!isLast && await TryMoveAsync(pages, attempt, cancellation))
            {
                yield return pages.Current;
                attempt = 1;
                isLast = pages.Current.IsLast;
                range = range with { From = pages.Current.ToMinute.GetFirstKey() };
            }
        }
    }

    private async Task<bool> TryMoveAsync(IAsyncEnumerator<AuditPage> pages, int attempt, CancellationToken cancellation)
    {
        TimeSpan? delay;
        try
        {
            return await pages.MoveNextAsync() ? true : throw new InvalidOperationException("The audit ended without its last page.");
        }
        catch (Exception e) when ((delay = rule.DelayAfter(e, attempt)) is not null)
        {
        }

        await Task.Delay(delay.Value, time, cancellation);
        return false;
    }
}
