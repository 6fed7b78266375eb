namespace AllData.Batching;

/// <summary>The puts between two flushes; a flush closes one and waits until all of it is answered.</summary>
internal sealed class FlushEpoch
{
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One for being open: it cannot be drained while puts may still enter.
    private int _holders = 1;

    /// <summary>Complete when it is closed and all its puts are answered.</summary>
    public Task Drained => _drained.Task;

    /// <summary>A put begins. Not after <see cref="Close"/>.</summary>
    public FlushEpoch Enter()
    {
        Interlocked.Increment(ref _holders);
        return this;
    }

    /// <summary>A put is answered.</summary>
    public void Leave()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            _drained.SetResult();
        }
    }

    /// <summary>No put enters any more.</summary>
    public void Close() => Leave();
}
