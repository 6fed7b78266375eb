namespace AllData.Configuration;

/// <summary>
/// The machine's monotonic clock, for everything that waits or is avoided for a while: a wall clock that was ahead and is set right would make that last
/// as long as the step.
/// </summary>
internal static class Monotonic
{
    /// <summary>Since an arbitrary moment; never set, never goes back.</summary>
    public static TimeSpan GetMonotonic(this TimeProvider time) => time.GetElapsedTime(0);

    /// <summary>The same in milliseconds.</summary>
    public static long GetMonotonicMilliseconds(this TimeProvider time) => (long)time.GetElapsedTime(0).TotalMilliseconds;
}
