using HdrHistogram;

namespace AllData.Client.Bench;

/// <summary>
/// Latencies of a run in bounded memory: counted in buckets of which none is wider than a thousandth of its value (Tene, "HdrHistogram"), a
/// microsecond at the finest. The count and the maximum are always exact.
/// </summary>
internal sealed class Latencies
{
    private const int Digits = 3;

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly LongConcurrentHistogram _histogram = new(1, InMicroseconds(Longest), Digits);
    private long _longest;

    /// <summary>Takes the latency of a call, once for each event that the call has stored.</summary>
    public void Add(TimeSpan latency, int events = 1)
    {
        var value = InMicroseconds(latency);
        _histogram.RecordValueWithCount(Math.Clamp(value, 0, InMicroseconds(Longest)), events);
        for (var longest = Volatile.Read(ref _longest); value > longest; longest = Volatile.Read(ref _longest))
        {
            Interlocked.CompareExchange(ref _longest, value, longest);
        }
    }

    /// <summary>Sums up; all are zero when there are none. Nothing may be added meanwhile.</summary>
    public LatencySummary Summarize() => _histogram.TotalCount == 0
        ? new LatencySummary(0, default, default, default, default, default)
        : new LatencySummary(_histogram.TotalCount, At(50), At(90), At(99), At(99.9), TimeSpan.FromMicroseconds(_longest));

    private static long InMicroseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    private TimeSpan At(double percentile) => TimeSpan.FromMicroseconds(Math.Min(_histogram.GetValueAtPercentile(percentile), _longest));
}

/// <summary>Latencies summed up.</summary>
/// <param name="Count">How many there were.</param>
/// <param name="P50">The median.</param>
/// <param name="P90">Nine of ten are not longer.</param>
/// <param name="P99">Ninety-nine of a hundred are not longer.</param>
/// <param name="P999">999 of a thousand are not longer.</param>
/// <param name="Longest">The longest.</param>
internal sealed record LatencySummary(long Count, TimeSpan P50, TimeSpan P90, TimeSpan P99, TimeSpan P999, TimeSpan Longest);
