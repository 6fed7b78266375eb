using System.Diagnostics;
using AllData.Batching.Queueing;
using AllData.Events;
using AllData.Puts;

namespace AllData.Batching;

/// <summary>The promise to the caller of a put of many: kept when each of its events is completed or withdrawn.</summary>
/// <param name="count">Events.</param>
/// <param name="keys">The keys that the caller gave, one per event; null when it gave none.</param>
/// <param name="generation">The generation that it belongs to.</param>
internal sealed class PutManyPromise(int count, EventKey[]? keys, FlushEpoch generation)
    : TaskCompletionSource<PutResults>(TaskCreationOptions.RunContinuationsAsynchronously), IPutSink
{
    private readonly (EventKey? Key, PutAnswer Answer)[] _results = new (EventKey?, PutAnswer)[count];
    private int _remaining = count;
    private CancellationToken _cancellation;

    /// <inheritdoc/>
    public Activity? Caller { get; } = BatchTrace.Caller;

    /// <inheritdoc/>
    public bool HasKeys => keys is not null;

    /// <inheritdoc/>
    public EventKey KeyOf(int index) => keys![index];

    /// <inheritdoc/>
    public void Settle(int index, EventKey? key, PutAnswer answer)
    {
        _results[index] = (key, answer);
        Leave(1);
    }

    /// <inheritdoc/>
    public void Withdraw(int events, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        Leave(events);
    }

    private void Leave(int events)
    {
        if (Interlocked.Add(ref _remaining, -events) > 0)
        {
            return;
        }

        if (_cancellation.IsCancellationRequested)
        {
            TrySetCanceled(_cancellation);
        }
        else
        {
            TrySetResult(PutResults.Pack(_results));
        }

        generation.Leave();
    }
}
