using AllData.Errors;

namespace AllData.Reading;

/// <summary>Bounds the scans that run at once in a silo, and with them the memory that they take.</summary>
internal sealed class ScanGate(int limit)
{
    private int _running;

    /// <summary>Scans that run now.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Lets a scan in.</summary>
    /// <exception cref="TooManyScansException">As many run as may.</exception>
    public void Enter()
    {
        if (Interlocked.Increment(ref _running) > limit)
        {
            Leave();
            throw new TooManyScansException(limit);
        }
    }

    /// <summary>A scan has ended.</summary>
    public void Leave() => Interlocked.Decrement(ref _running);
}
