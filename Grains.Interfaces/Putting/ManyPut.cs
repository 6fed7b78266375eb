using AllData.Events;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>The promise to the caller of a put of many: kept when each of its events is settled or withdrawn.</summary>
internal sealed class ManyPut(int count, PutGeneration generation)
    : TaskCompletionSource<PutResults>(TaskCreationOptions.RunContinuationsAsynchronously), IPutSink
{
    private readonly (EventKey? Key, PutAnswer Answer)[] _results = new (EventKey?, PutAnswer)[count];
    private int _remaining = count;
    private CancellationToken _cancellation;

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
