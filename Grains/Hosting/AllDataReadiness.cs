using System.Collections.Immutable;
using AllData.Diagnostics;
using AllData.Peers;

namespace AllData.Hosting;

/// <summary>The state of this silo, for a host's health endpoint. Called often, so it answers from what is known and never waits.</summary>
public sealed class AllDataReadiness
{
    private readonly SiloConditions _conditions;

    internal AllDataReadiness(SiloConditions conditions) => _conditions = conditions;

    /// <summary>
    /// The present problems; empty when all is well. While one of them has <see cref="SiloCondition.StopsPuts"/>, puts at the default level fail.
    /// </summary>
    public ImmutableArray<SiloCondition> Conditions => _conditions.Current;

    /// <summary>Null when a put at the default level can succeed; otherwise sentences that say what is missing.</summary>
    public string? NotReadyReason => ReasonOf(Conditions);

    /// <summary>Why puts at the default level fail under some conditions; null when they do not.</summary>
    public static string? ReasonOf(IEnumerable<SiloCondition> conditions)
    {
        var reason = string.Join(' ', conditions.Where(static c => c.StopsPuts).Select(static c => c.Sentence));
        return reason.Length == 0 ? null : reason;
    }
}
