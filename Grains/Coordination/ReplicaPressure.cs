namespace AllData.Coordination;

/// <summary>
/// Remembers that a replica's queue was full. The silo's blocks then wait a moment before they leave: this holds the callers back first, and replicas
/// are not moved to peers that are almost as full. Safe for several threads.
/// </summary>
internal sealed class ReplicaPressure(TimeProvider time)
{
    // Whatever delay a replica requests: by then it has made room, or it pushes back again.
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private long _until;

    /// <summary>How long blocks wait now; zero or less: not at all.</summary>
    public TimeSpan Remaining => Volatile.Read(ref _until) is not 0 and var until ? time.GetElapsedTime(time.GetTimestamp(), until) : TimeSpan.Zero;

    /// <summary>A replica pushed back.</summary>
    /// <param name="hint">When it wants to be asked again.</param>
    public void OnOverloaded(TimeSpan hint)
    {
        var pause = hint < LongestPause ? hint : LongestPause;
        Volatile.Write(ref _until, time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency));
    }
}
