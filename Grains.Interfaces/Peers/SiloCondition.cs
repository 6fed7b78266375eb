namespace AllData.Peers;

/// <summary>Something about a silo that an operator must know. Readiness, status and reports all show the same conditions.</summary>
/// <param name="Code">A stable name for programs, lower case with hyphens, for example <c>clock-differs</c>.</param>
/// <param name="StopsPuts">Whether puts at the default level through this silo fail while it lasts: then the silo is not ready.</param>
/// <param name="Sentence">The problem and what to do about it, for people.</param>
[GenerateSerializer, Immutable, Alias("AllData.SiloCondition")]
public sealed record SiloCondition(
    [property: Id(0)] string Code,
    [property: Id(1)] bool StopsPuts,
    [property: Id(2)] string Sentence);
