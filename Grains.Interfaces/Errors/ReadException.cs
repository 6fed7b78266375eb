namespace AllData.Errors;

/// <summary>The maximum number of scans is running at this silo, or the maximum of one caller. Try again later, or through another silo.</summary>
/// <param name="limit">Scans that may run at once.</param>
/// <param name="caller">The caller that has as many, or null where all together have.</param>
[GenerateSerializer, Alias("AllData.TooManyScansException")]
public sealed class TooManyScansException(int limit, string? caller = null) : Exception(caller is null
    ? $"{limit} scans run at this silo already, the maximum. Try again later, or through another silo."
    : $"'{caller}' has {limit} scans open at this silo already, the maximum of one caller. End one of them, or try again later.")
{
    /// <summary>Scans that may run at once.</summary>
    [Id(0)]
    public int Limit { get; init; } = limit;

    /// <summary>The caller that has as many open as one may have; null where all callers together have.</summary>
    [Id(1)]
    public string? Caller { get; init; } = caller;
}

/// <summary>As many readers follow through this silo as it serves, or as one caller may have. Follow through another silo, or end one of them.</summary>
/// <param name="limit">Readers that may follow at once.</param>
/// <param name="caller">The caller that has as many, or null where all together have.</param>
[GenerateSerializer, Alias("AllData.TooManyFollowersException")]
public sealed class TooManyFollowersException(int limit, string? caller = null) : Exception(caller is null
    ? $"{limit} readers follow through this silo already, the maximum. Follow through another silo."
    : $"'{caller}' follows {limit} times through this silo already, the maximum of one caller. End one of them, or follow through another silo.")
{
    /// <summary>Readers that may follow at once.</summary>
    [Id(0)]
    public int Limit { get; init; } = limit;

    /// <summary>The caller that follows as often as one may; null where all callers together do.</summary>
    [Id(1)]
    public string? Caller { get; init; } = caller;
}

/// <summary>Events of one topic were requested, and the silo is of an earlier version, which gave those of all. Update all silos.</summary>
[GenerateSerializer, Alias("AllData.TopicsNotReadException")]
public sealed class TopicsNotReadException()
    : Exception("The silo is of a version that knows no topics: it gave events of all. Update all silos.");

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
