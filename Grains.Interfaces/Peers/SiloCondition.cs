namespace AllData.Peers;

/// <summary>Something about a silo that an operator has to know. Readiness, status and reports all tell the same conditions.</summary>
/// <param name="Code">A stable name for programs, lower case with hyphens, for example <c>clock-differs</c>.</param>
/// <param name="StopsPuts">Whether puts at the default level through this silo fail while it lasts: the silo is not ready then.</param>
/// <param name="Sentence">What is the matter and what to do about it, for people.</param>
[GenerateSerializer, Immutable, Alias("AllData.SiloCondition")]
public sealed record SiloCondition(
    [property: Id(0)] string Code,
    [property: Id(1)] bool StopsPuts,
    [property: Id(2)] string Sentence);
