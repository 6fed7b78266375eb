namespace AllData.Benchmarks;

/// <summary>What one round of appending has shown.</summary>
/// <param name="BlocksPerSecond">Blocks that were durable, for each second.</param>
/// <param name="BlocksPerTransaction">Blocks that shared a flush, on average.</param>
/// <param name="P50">Median latency, milliseconds.</param>
/// <param name="P99">99 of 100 were faster, milliseconds.</param>
internal sealed record Measured(double BlocksPerSecond, double BlocksPerTransaction, double P50, double P99)
{
    /// <summary>Sums a round up.</summary>
    public static Measured Of(int blocks, TimeSpan elapsed, double[] latencies, double blocksPerTransaction)
    {
        Array.Sort(latencies);
        return new Measured(
            blocks / elapsed.TotalSeconds, blocksPerTransaction, latencies[latencies.Length / 2], latencies[(int)(latencies.Length * 0.99)]);
    }
}
