namespace AllData.Silo.Http;

/// <summary>An event body while it is in memory: it occupies a share of <see cref="WaitingBytes"/> until it is disposed.</summary>
internal sealed class EventBody(WaitingBytes waiting) : IDisposable
{
    private long _taken;

    /// <summary>Bytes of its share.</summary>
    public long Taken => _taken;

    /// <summary>The body exactly as sent; empty until it has arrived whole.</summary>
    public byte[] Bytes { get; set; } = [];

    /// <summary>Makes the share as large as what has arrived; false when the bound is reached.</summary>
    public bool TryGrowTo(long bytes)
    {
        if (!waiting.TryTake(bytes - _taken))
        {
            return false;
        }

        _taken = bytes;
        return true;
    }

    public void Dispose()
    {
        waiting.Return(_taken);
        _taken = 0;
    }
}
