using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Diagnostics;

/// <summary>All conditions of this silo, from every part that knows of one: the one truth that health, reports and status tell.</summary>
internal sealed class SiloConditions(IEnumerable<IConditionSource> sources)
{
    /// <summary>What is the matter now; empty when all is well. From what is known, without waiting.</summary>
    public ImmutableArray<SiloCondition> Current => [.. sources.SelectMany(static source => source.Conditions)];
}
