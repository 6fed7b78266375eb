namespace AllData.Silo.Http;

/// <summary>Counts the bytes of event bodies that are in memory, up to a bound.</summary>
/// <param name="limit">Most bytes at once.</param>
internal sealed class WaitingBytes(long limit)
{
    /// <summary>How often requests that wait for room check for it.</summary>
    public static readonly TimeSpan RoomCheck = TimeSpan.FromMilliseconds(20);

    private long _taken;

    /// <summary>Bytes taken now.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes bytes; false, and nothing is taken, when that would exceed the bound.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _taken, bytes) <= limit)
        {
            return true;
        }

        Interlocked.Add(ref _taken, -bytes);
        return false;
    }

    /// <summary>Whether the bound is reached: then readers of streams stop reading.</summary>
    public bool IsFull => Taken >= limit;

    /// <summary>Takes bytes that have arrived already, even beyond the bound: not counting them would not make them go away.</summary>
    public void Take(long bytes) => Interlocked.Add(ref _taken, bytes);

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
