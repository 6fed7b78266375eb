namespace AllData.Coordination;

/// <summary>
/// Bounds the bytes that a silo's puts have under way. Beyond the bound a put is refused at once: a queue that only grows makes every put late
/// and helps none.
/// </summary>
internal sealed class AdmissionGate(long maxBytes)
{
    private long _waiting;

    /// <summary>Bytes under way.</summary>
    public long WaitingBytes => Volatile.Read(ref _waiting);

    /// <summary>The bound.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Takes room for bytes, or takes none and answers false.</summary>
    public bool TryEnter(long bytes)
    {
        if (Interlocked.Add(ref _waiting, bytes) <= maxBytes)
        {
            return true;
        }

        Leave(bytes);
        return false;
    }

    /// <summary>Gives room back.</summary>
    public void Leave(long bytes) => Interlocked.Add(ref _waiting, -bytes);
}
