namespace AllData.Silo.LocalCluster;

/// <summary>How often a peer that has crashed is restarted: a few times within a while, after growing pauses.</summary>
internal sealed class RestartBudget(TimeProvider time)
{
    /// <summary>Starts within a <see cref="Window"/>.</summary>
    public const int MaxRestarts = 5;

    /// <summary>The time in which they are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly Queue<long> _restarts = new();

    /// <summary>Takes one start.</summary>
    /// <returns>How long to pause before it, and its number; null when there were enough.</returns>
    public (TimeSpan Pause, int Number)? Take()
    {
        while (_restarts.TryPeek(out var oldest) && time.GetElapsedTime(oldest) > Window)
        {
            _restarts.Dequeue();
        }

        if (_restarts.Count >= MaxRestarts)
        {
            return null;
        }

        _restarts.Enqueue(time.GetTimestamp());
        return (FirstPause * (1 << (_restarts.Count - 1)), _restarts.Count);
    }
}
