using AllData.Events;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>The promise to the caller of a put of one. Its caller goes on elsewhere: it must not hold up those behind it in the batch.</summary>
internal sealed class OnePut(PutGeneration generation)
    : TaskCompletionSource<PutReceipt>(TaskCreationOptions.RunContinuationsAsynchronously), IPutSink
{
    /// <inheritdoc/>
    public void Settle(int index, EventKey? key, PutAnswer answer)
    {
        if (answer.Error is null)
        {
            TrySetResult(answer.ToReceipt(key!.Value));
        }
        else
        {
            TrySetException(answer.ToResult(key).Error!);
        }

        generation.Leave();
    }

    /// <inheritdoc/>
    public void Withdraw(int events, CancellationToken cancellation)
    {
        TrySetCanceled(cancellation);
        generation.Leave();
    }
}
