using AllData.Tests.Processes;
using AllData.Tests.Unit.Architecture;
using AllData.Tests.Unit.Protocol;
using AllData.Tests.Unit.Simulation;
using AllData.Tests.Unit.Storage;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("AllData.Tests.Support.LongestFirst", "AllData.Tests")]

namespace AllData.Tests.Support;

/// <summary>
/// What takes minutes begins first: if it began last, it would go on alone when all others have ended. The others come in another order each time.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        ClusterProcessTests.Name, SingleProcessTests.Name, nameof(SimulationTests), nameof(PostgreSqlEngineTests), nameof(PutEngineOrderTests),
        nameof(SourceProject),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(RankOf).ThenBy(static collection => collection.UniqueID);

    // A class that names no collection is one of its own, and the end of its name.
    private static int RankOf(ITestCollection collection) =>
        Array.FindIndex(Long, name => collection.DisplayName == name || collection.DisplayName.EndsWith('.' + name)) is var rank and >= 0 ? rank : Long.Length;
}
