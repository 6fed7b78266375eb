using AllData.Intervals;

namespace AllData.Certificates;

/// <summary>The newest certificate of an interval, in short.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Version">The version of the certificate, from 1: one more for each supplement.</param>
/// <param name="State">The state as the certificate says it, for example <c>complete</c>.</param>
/// <param name="Events">Distinct events.</param>
/// <param name="Conflicts">Keys with several payloads.</param>
/// <param name="Root">The root of the interval's tree, as the certificate has it.</param>
/// <param name="Index">The index of the certificate in the log.</param>
[GenerateSerializer, Immutable, Alias("AllData.SealedInterval")]
public sealed record SealedInterval(
    [property: Id(0)] Interval Interval, [property: Id(1)] int Version, [property: Id(2)] string State, [property: Id(3)] long Events,
    [property: Id(4)] long Conflicts, [property: Id(5)] string Root, [property: Id(6)] long Index);
