namespace AllData.Tests.Support;

/// <summary>One direction of the network between two clusters: all that goes from the one to the other. Safe for several threads.</summary>
internal sealed class LinkPath
{
    private volatile TaskCompletionSource _open = new();
    private long _bytes;
    private long _delay;

    public LinkPath() => _open.SetResult();

    /// <summary>Whether nothing gets through. Nothing is closed: to both ends it looks as if the other one were silent.</summary>
    public bool IsCut => !_open.Task.IsCompleted;

    /// <summary>How long everything takes that is sent from now on.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Interlocked.Read(ref _delay));
        set => Interlocked.Exchange(ref _delay, value.Ticks);
    }

    /// <summary>Bytes that have arrived.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Lets nothing through any more.</summary>
    public void Cut()
    {
        if (!IsCut)
        {
            _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Lets everything through again, what was sent meanwhile included: TCP sends it again.</summary>
    public void Heal() => _open.TrySetResult();

    /// <summary>Waits until something gets through.</summary>
    public Task WhenOpenAsync(CancellationToken stop) => _open.Task.WaitAsync(stop);

    /// <summary>Bytes have arrived.</summary>
    public void OnArrived(int bytes) => Interlocked.Add(ref _bytes, bytes);
}
