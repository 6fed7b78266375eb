using AllData.Certificates;

namespace AllData.Protocol.Certificates;

/// <summary>
/// What a cosigner compares a proposed certificate with: the facts that it has found out itself. Whether the certificate can be the next of the log is
/// <see cref="CertificateLog.FaultOfNext"/>.
/// </summary>
internal static class CosigningRules
{
    /// <summary>How far the time of a certificate may lie in a cosigner's future.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <summary>Why a certificate is not signed; null when it can be.</summary>
    /// <param name="proposed">The certificate.</param>
    /// <param name="own">What the cosigner has found out itself.</param>
    public static CosigningFault? FaultOf(IntervalCertificate proposed, SealingFacts own)
    {
        if ((FaultOfContent(proposed, own) ?? FaultOfNumbers(proposed, own)) is { } found)
        {
            // What this peer has not seen whole may look otherwise at the next attempt.
            return new CosigningFault(found, IsLasting: own is { Content: not null, ArePutsUnderWay: false, Doubts.IsEmpty: true });
        }

        return FaultOfMoment(proposed, own) is { } passing ? new CosigningFault(passing, IsLasting: false) : null;
    }

    private static string? FaultOfContent(IntervalCertificate proposed, SealingFacts own) =>
        (proposed.Store, proposed.Cluster, proposed.Interval) != (own.Store, own.Cluster, own.Interval)
            ? $"it is of interval {proposed.Interval} of cluster {proposed.Cluster}, and {own.Interval} of {own.Cluster} was looked at."
        : own.Content is null ? "the events could not be read whole here."
        : own.ArePutsUnderWay ? "puts of the interval have not ended."
        : own.Content != proposed.Content
            ? $"it has {proposed.Content.Events} events with root {proposed.Content.Root}; {own.Content.Events} with root {own.Content.Root} were read here."
        : null;

    // It may name more than this peer knows: that promises less.
    private static string? FaultOfNumbers(IntervalCertificate proposed, SealingFacts own)
    {
        foreach (var numbers in own.Coordinators)
        {
            var named = proposed.Coordinators.FirstOrDefault(c => (c.Ordinal, c.Incarnation) == (numbers.Ordinal, numbers.Incarnation));
            var id = $"directory {numbers.Ordinal} in incarnation {numbers.Incarnation}";
            if (named is null || named.Issued < numbers.Issued)
            {
                return $"it leaves out blocks that {id} numbered: there are {numbers.Issued} at least.";
            }

            if (numbers.Missing.Except(named.Missing) is { IsEmpty: false } left)
            {
                return $"it leaves out that blocks {left} of {id} are missing.";
            }

            if (numbers.IsEndUnknown && !named.IsEndUnknown)
            {
                return $"it leaves out that nothing says how many blocks {id} numbered.";
            }
        }

        return proposed.Unnumbered < own.Unnumbered ? $"it names {proposed.Unnumbered} blocks without numbers; {own.Unnumbered} were seen here." : null;
    }

    // Clocks agree again, peers come back, and copies are repaired.
    private static string? FaultOfMoment(IntervalCertificate proposed, SealingFacts own) =>
        proposed.Time > own.Time + MaxAhead ? $"its time {proposed.Time:O} lies in the future."
        : proposed.State == CertificateState.Unknown ? null
        : own.Doubts.FirstOrDefault() is { } doubt ? $"peer {doubt.Peer} ({doubt.Ordinal}) may hold something that was not seen here."
        : proposed.State == CertificateState.Complete && !own.MissingCopies.IsEmpty
            ? $"it says that all copies are there; {own.MissingCopies[0].Peer} lacks {own.MissingCopies[0].Blocks}, as seen here."
        : null;
}
