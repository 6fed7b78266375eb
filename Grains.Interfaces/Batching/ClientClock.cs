namespace AllData.Batching;

/// <summary>The time since the client was made: it cannot be set back, and decisions need no other time.</summary>
internal sealed class ClientClock(TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    public TimeSpan Now => time.GetElapsedTime(_started);

    /// <summary>What timers run on.</summary>
    public TimeProvider Time => time;
}
