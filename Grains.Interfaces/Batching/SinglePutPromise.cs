using System.Diagnostics;
using AllData.Batching.Queueing;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Batching;

/// <summary>
/// The promise to the caller of a put of one event. The caller continues on another thread: it must not hold up the others in the batch.
/// </summary>
internal class SinglePutPromise(FlushEpoch generation)
    : TaskCompletionSource<PutReceipt>(TaskCreationOptions.RunContinuationsAsynchronously), IPutSink
{
    /// <inheritdoc/>
    public void Settle(int index, EventKey? key, PutAnswer answer)
    {
        _ = answer.ErrorFor(key) is { } error ? TrySetException(error) : TrySetResult(answer.ToReceipt(key));
        generation.Leave();
    }

    /// <inheritdoc/>
    public Activity? Caller { get; } = BatchTrace.Caller;

    /// <inheritdoc/>
    public virtual bool HasKeys => false;

    /// <inheritdoc/>
    public virtual EventKey KeyOf(int index) => throw new InvalidOperationException("The caller gave no key.");

    /// <inheritdoc/>
    public void Withdraw(int events, CancellationToken cancellation)
    {
        TrySetCanceled(cancellation);
        generation.Leave();
    }
}

/// <summary>The promise to the caller of a put of one event under a given key.</summary>
internal sealed class OneKeyedPut(EventKey key, FlushEpoch generation) : SinglePutPromise(generation)
{
    /// <inheritdoc/>
    public override bool HasKeys => true;

    /// <inheritdoc/>
    public override EventKey KeyOf(int index) => key;
}
