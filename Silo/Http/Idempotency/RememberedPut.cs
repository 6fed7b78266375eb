using AllData.Events;

namespace AllData.Silo.Http.Idempotency;

/// <summary>One put under an <c>Idempotency-Key</c>. Its attempts come one after the other, all under the event key of the first.</summary>
/// <param name="value">Digest of the value.</param>
/// <param name="payload">Digest of the event.</param>
/// <param name="since">When its first request came, a timestamp of the time provider.</param>
internal sealed class RememberedPut(UInt128 value, UInt128 payload, long since)
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private int _requests;

    public UInt128 Value => value;

    public UInt128 Payload => payload;

    /// <summary>When its first request came.</summary>
    public long Since => since;

    /// <summary>Whether a request works on it or waits for it.</summary>
    public bool IsInFlight => Volatile.Read(ref _requests) > 0;

    /// <summary>Whether it is no longer remembered; then a request begins with a new one.</summary>
    public volatile bool IsForgotten;

    /// <summary>The event's key; null before it has one.</summary>
    public EventKey? Key { get; set; }

    /// <summary>Whether an attempt ended so that copies may exist.</summary>
    public bool MayBeWritten { get; set; }

    /// <summary>Waits until no other request works on it. A put answers within its deadline, so that this ends.</summary>
    public async Task EnterAsync(CancellationToken cancellation)
    {
        Interlocked.Increment(ref _requests);
        try
        {
            await _turn.WaitAsync(cancellation);
        }
        catch
        {
            Interlocked.Decrement(ref _requests);
            throw;
        }
    }

    /// <summary>Lets the next request work on it.</summary>
    public void Leave()
    {
        _turn.Release();
        Interlocked.Decrement(ref _requests);
    }
}
