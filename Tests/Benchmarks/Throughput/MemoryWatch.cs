namespace AllData.Benchmarks;

/// <summary>Samples the memory of processes once a second, and keeps the highest of each stretch of time.</summary>
internal sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly PeriodicTimer _timer = new(Period);
    private readonly int[] _processes;
    private readonly Task _sampling;
    private readonly List<long> _stretches = [];
    private long _highest;

    /// <summary>Begins to sample.</summary>
    public MemoryWatch(IEnumerable<int> processes)
    {
        _processes = [.. processes];
        _sampling = SampleAsync();
    }

    /// <summary>The highest working set of any of the processes in the stretch that ended last, bytes.</summary>
    public long Last => _stretches[^1];

    /// <summary>Ends a stretch of time.</summary>
    public void Mark() => _stretches.Add(Interlocked.Exchange(ref _highest, 0));

    /// <summary>The highest working set of any of the processes in each stretch, as a phrase.</summary>
    public string Describe() => string.Join(", ", _stretches.Select(static bytes => $"{bytes >> 20}")) + " MiB";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _sampling;
    }

    private async Task SampleAsync()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            Interlocked.Exchange(ref _highest, Math.Max(_highest, _processes.Max(ProcessFigures.WorkingSetOf)));
        }
    }
}
