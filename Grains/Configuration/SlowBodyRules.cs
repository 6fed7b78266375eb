namespace AllData.Configuration;

/// <summary>The bounds that each port has against bodies that arrive slowly.</summary>
internal static class SlowBodyRules
{
    /// <summary>A sentence for each bound that cannot work.</summary>
    /// <param name="section">The section of the options.</param>
    /// <param name="minBytesPerSecond">The slowest rate that is accepted: <c>MinBodyBytesPerSecond</c>.</param>
    /// <param name="grace">The time before the rate is applied: <c>BodyRateGrace</c>.</param>
    /// <param name="timeout">The longest time of a whole body: <c>BodyTimeout</c>.</param>
    public static IEnumerable<string> Complaints(string section, double minBytesPerSecond, TimeSpan grace, TimeSpan timeout)
    {
        if (!(minBytesPerSecond > 0))
        {
            yield return $"{section}:MinBodyBytesPerSecond is {minBytesPerSecond}; it must be more than 0.";
        }

        if (grace <= TimeSpan.FromSeconds(1))
        {
            yield return $"{section}:BodyRateGrace is {grace}; it must be more than 1 s, the clock by which rates are seen.";
        }

        if (timeout <= TimeSpan.Zero)
        {
            yield return $"{section}:BodyTimeout is {timeout}; it must be more than 0, for example 00:00:30.";
        }
    }
}
