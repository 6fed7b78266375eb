namespace AllData.Security;

/// <summary>What a principal may put through one silo; null is any number.</summary>
/// <param name="EventsPerSecond">Events in a second.</param>
/// <param name="BytesPerSecond">Bytes of events in a second.</param>
/// <param name="BytesPerDay">Bytes of events in a day.</param>
internal sealed record PrincipalQuota(long? EventsPerSecond = null, long? BytesPerSecond = null, long? BytesPerDay = null)
{
    /// <summary>The least number; less is a principal without the role.</summary>
    public const long Least = 1;

    /// <summary>The largest number: more is none.</summary>
    public const long Most = 1L << 50;

    /// <summary>Each number with the member's name in the file.</summary>
    public IEnumerable<(string Name, long? Value)> Numbers() =>
        [("eventsPerSecond", EventsPerSecond), ("bytesPerSecond", BytesPerSecond), ("bytesPerDay", BytesPerDay)];
}
