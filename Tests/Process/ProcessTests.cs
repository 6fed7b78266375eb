// Not AllData.Tests.Process: it would shadow System.Diagnostics.Process in all tests.
namespace AllData.Tests.Processes;

/// <summary>
/// Tests with silos as processes that say how many puts fail, which silos die or how much memory is taken under load and faults. One at a time and after all
/// others: beside others the silos would be starved, and be declared dead.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessTests
{
    /// <summary>The collection's name.</summary>
    public const string Name = "processes";
}
