namespace AllData.Client.Measuring;

/// <summary>
/// Latencies of a run in bounded memory: all of them up to <see cref="Capacity"/>, from then on a uniform sample of that size
/// (Vitter, "Random Sampling with a Reservoir", 1985, algorithm R). The count and the maximum are always exact.
/// </summary>
internal sealed class LatencySamples(Random chance)
{
    /// <summary>Samples kept; 8 bytes each.</summary>
    public const int Capacity = 1_000_000;

    private readonly Lock _lock = new();
    private readonly List<TimeSpan> _kept = [];
    private TimeSpan _longest;
    private long _count;

    /// <summary>Takes a latency.</summary>
    public void Add(TimeSpan latency)
    {
        lock (_lock)
        {
            _count++;
            _longest = latency > _longest ? latency : _longest;
            if (_kept.Count < Capacity)
            {
                _kept.Add(latency);
            }
            else if (chance.NextInt64(_count) is var slot && slot < Capacity)
            {
                _kept[(int)slot] = latency;
            }
        }
    }

    /// <summary>Sums up. Percentiles are by nearest rank; all are zero when there are no samples.</summary>
    public LatencySummary Summarize()
    {
        lock (_lock)
        {
            var sorted = _kept.Order().ToArray();
            return new LatencySummary(_count, At(sorted, 0.5), At(sorted, 0.9), At(sorted, 0.99), _longest);
        }
    }

    private static TimeSpan At(TimeSpan[] sorted, double fraction) =>
        sorted.Length == 0 ? TimeSpan.Zero : sorted[Math.Max((int)Math.Ceiling(fraction * sorted.Length) - 1, 0)];
}

/// <summary>Latencies summed up.</summary>
/// <param name="Count">How many there were.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">Nine of ten are not longer.</param>
/// <param name="P99">Ninety-nine of a hundred are not longer.</param>
/// <param name="Longest">The longest.</param>
internal sealed record LatencySummary(long Count, TimeSpan P50, TimeSpan P90, TimeSpan P99, TimeSpan Longest);
