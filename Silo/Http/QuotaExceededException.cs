using AllData.Security;

namespace AllData.Silo.Http;

/// <summary>The caller has used up its quota. Nothing was written for this request.</summary>
internal sealed class QuotaExceededException(string principal, TimeSpan retryAfter) : Exception(PrincipalQuotas.Refusal(principal))
{
    /// <summary>When the next put is admitted.</summary>
    public TimeSpan RetryAfter => retryAfter;
}
