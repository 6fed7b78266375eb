using System.Collections.Immutable;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>What a silo has answered of one level with one outcome since its process began.</summary>
/// <param name="Level">The level that was waited for.</param>
/// <param name="Outcome"><c>Stored</c>, the name of an error, or <see cref="PutFigures.Others"/>.</param>
/// <param name="Events">Events answered.</param>
/// <param name="Durations">How many of them took how long: the classes of <see cref="PutFigures.LongestOf"/>, without the empty ones at the end.</param>
[GenerateSerializer, Immutable, Alias("AllData.PutSeries")]
internal sealed record PutSeries(
    [property: Id(0)] CommitLevel Level, [property: Id(1)] string Outcome, [property: Id(2)] long Events, [property: Id(3)] ImmutableArray<long> Durations);
