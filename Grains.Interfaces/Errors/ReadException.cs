namespace AllData.Errors;

/// <summary>As many scans run at this silo as may. Try again later, or through another silo.</summary>
[GenerateSerializer, Alias("AllData.TooManyScansException")]
public sealed class TooManyScansException(int limit)
    : Exception($"{limit} scans run at this silo already, as many as may. Try again later, or through another silo.")
{
    /// <summary>Scans that may run at once.</summary>
    [Id(0)]
    public int Limit { get; init; } = limit;
}
