using System.Collections.Concurrent;

namespace AllData.Security;

/// <summary>The meters of those principals that have a quota. Safe for several threads.</summary>
internal sealed class PrincipalQuotas(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, QuotaMeter> _meters = new(StringComparer.Ordinal);

    /// <summary>The meter of a principal, or null where it has no quota. A quota that has changed begins with full buckets.</summary>
    public QuotaMeter? Of(Principal principal)
    {
        if (principal.Quota is not { } quota)
        {
            return null;
        }

        var meter = _meters.GetOrAdd(principal.Name, static (_, made) => new QuotaMeter(made.quota, made.time), (quota, time));
        return meter.Quota == quota ? meter : _meters[principal.Name] = new QuotaMeter(quota, time);
    }

    /// <summary>Why a put is not admitted, a sentence.</summary>
    public static string Refusal(string principal) => $"'{principal}' has used up its quota at this silo for now. Nothing was written; try again.";
}
