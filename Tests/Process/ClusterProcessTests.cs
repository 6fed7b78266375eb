namespace AllData.Tests.Processes;

/// <summary>
/// Tests with clusters of silos as processes that say what silos do, and not how soon. One at a time, beside those in one process and those of single
/// processes: most of the time they wait until a program has started, is ready or has ended.
/// </summary>
[CollectionDefinition(Name)]
public sealed class ClusterProcessTests
{
    /// <summary>The collection's name.</summary>
    public const string Name = "processes of clusters beside others";
}
