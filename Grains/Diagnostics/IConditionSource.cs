using AllData.Peers;

namespace AllData.Diagnostics;

/// <summary>
/// A part of the silo that knows of conditions. Registered in the container as often as there are such parts; asked often, so it answers from
/// what is known and never waits.
/// </summary>
internal interface IConditionSource
{
    /// <summary>What is the matter now; nothing when all is well.</summary>
    IEnumerable<SiloCondition> Conditions { get; }
}
