using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>What is to be done about an interval.</summary>
internal enum SealingOutcome
{
    /// <summary>Nothing yet: what is missing may come, or an operator must say something.</summary>
    Wait = 0,

    /// <summary>The certificate is to be proposed.</summary>
    Propose = 1,

    /// <summary>The newest certificate says all that could be said.</summary>
    Unchanged = 2,

    /// <summary>Events that are certified are gone or changed: to be reported and repaired, never certified.</summary>
    Damaged = 3,
}

/// <summary>A decision about an interval.</summary>
/// <param name="Outcome">What is to be done.</param>
/// <param name="Reason">Why, a sentence or several.</param>
/// <param name="Certificate">What would be proposed, without the digest of the one before it in the log; null where the events are not known.</param>
internal sealed record SealingDecision(SealingOutcome Outcome, string Reason, IntervalCertificate? Certificate)
{
    /// <summary>Whether events have come after the interval was sealed: an alarm.</summary>
    public bool IsLate { get; init; }
}
