// Not AllData.Tests.Process: it would shadow System.Diagnostics.Process in all tests.
namespace AllData.Tests.Processes;

/// <summary>Tests with silos as processes. One at a time and after all others: they would starve each other and be declared dead.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class ProcessTests
{
    /// <summary>The collection's name.</summary>
    public const string Name = "processes";
}
