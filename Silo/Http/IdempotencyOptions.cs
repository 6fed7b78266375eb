namespace AllData.Silo.Http;

/// <summary>How long <c>Idempotency-Key</c> values of <c>POST /</c> are remembered. Configuration section <c>AllData:Http:Idempotency</c>.</summary>
internal sealed class IdempotencyOptions
{
    private const string Section = EventHttpOptions.Section + ":Idempotency";

    /// <summary>How long a value is remembered by this silo's process, from its first request. Default: 1 hour.</summary>
    public TimeSpan Remember { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Values remembered at once, about 200 bytes each; beyond that further ones are answered 503, and none is forgotten before its time.
    /// Default: 100,000.
    /// </summary>
    public int MaxValues { get; set; } = 100_000;

    /// <summary>What is wrong with the values, a sentence each.</summary>
    internal IEnumerable<string> Complaints()
    {
        if (Remember <= TimeSpan.Zero || Remember > TimeSpan.FromDays(7))
        {
            yield return $"{Section}:{nameof(Remember)} is {Remember}; it must be more than 0 and at most seven days, for example 01:00:00.";
        }

        if (MaxValues is < 1 or > 10_000_000)
        {
            yield return $"{Section}:{nameof(MaxValues)} is {MaxValues}; it must be 1 to 10000000.";
        }
    }
}
