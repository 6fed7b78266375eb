namespace AllData.Tests.Processes;

/// <summary>
/// Tests with single silos, or other single programs, as processes that say what these do, and not how soon. One at a time, beside all others but those that
/// run alone: no other silo can take one for dead.
/// </summary>
[CollectionDefinition(Name)]
public sealed class SingleProcessTests
{
    /// <summary>The collection's name.</summary>
    public const string Name = "single processes beside others";
}
