namespace AllData.Errors;

/// <summary>The maximum number of scans is running at this silo. Try again later, or through another silo.</summary>
[GenerateSerializer, Alias("AllData.TooManyScansException")]
public sealed class TooManyScansException(int limit)
    : Exception($"{limit} scans run at this silo already, the maximum. Try again later, or through another silo.")
{
    /// <summary>Scans that may run at once.</summary>
    [Id(0)]
    public int Limit { get; init; } = limit;
}

/// <summary>The request is larger than a replica answers at once. Split it.</summary>
[GenerateSerializer, Alias("AllData.QuestionTooLargeException")]
public sealed class QuestionTooLargeException(string message, int limit, int count) : Exception(message)
{
    /// <summary>How many are answered at once.</summary>
    [Id(0)]
    public int Limit { get; init; } = limit;

    /// <summary>How many were requested.</summary>
    [Id(1)]
    public int Count { get; init; } = count;
}
