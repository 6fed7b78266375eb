using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Replication;

namespace AllData.Protocol.Certificates;

/// <summary>Decides from what was found out about an interval whether it is sealed, and as what.</summary>
internal static class SealingRules
{
    /// <summary>Decides.</summary>
    /// <param name="facts">What was found out.</param>
    /// <param name="last">The newest certificate of the interval; null while there is none.</param>
    /// <param name="order">What an operator has said.</param>
    public static SealingDecision Decide(SealingFacts facts, IntervalCertificate? last, SealingOrder order)
    {
        if (facts.Content is not { } content)
        {
            return new SealingDecision(
                SealingOutcome.Wait, facts.Doubts.IsEmpty ? "The events of the interval could not be read whole." : DescribeDoubts(facts), null);
        }

        var certificate = Draft(facts, content, last, order.AcceptMissing);
        if (last is not null && content != last.Content && content.Events <= last.Content.Events)
        {
            if (facts.Doubts.Any(static d => d.Reason == DoubtReason.Silent))
            {
                // They may have what is missing.
                return new SealingDecision(SealingOutcome.Wait, DescribeDoubts(facts), null);
            }

            return new SealingDecision(
                SealingOutcome.Damaged,
                $"The interval has {content.Events} events with root {content.Root}; version {last.Version} has certified {last.Content.Events} with root "
                    + $"{last.Content.Root}. No later block explains that: events were lost or changed.",
                certificate);
        }

        if (facts.ArePutsUnderWay)
        {
            return new SealingDecision(SealingOutcome.Wait, "Puts of the interval have not ended yet.", certificate);
        }

        return Judge(certificate, last, order) with { IsLate = last is not null && content != last.Content };
    }

    /// <summary>What keeps a certificate from promising completeness, a sentence for each; empty where nothing does.</summary>
    public static ImmutableArray<string> ReasonsOf(IntervalCertificate certificate) => CertificateReasons.OfUnknown(certificate);

    // What one peer says of its clock, the others say, too.
    private static string DescribeDoubts(SealingFacts facts)
    {
        var whyOpen = facts.Peers.FirstOrDefault(static p => p is { Doubt: DoubtReason.Open, WhyOpen: not null });
        return string.Join(' ', facts.Doubts.Select(d => CertificateReasons.Of(d, d.Ordinal == whyOpen?.Ordinal ? whyOpen.WhyOpen : null)));
    }

    private static SealingDecision Judge(IntervalCertificate certificate, IntervalCertificate? last, SealingOrder order)
    {
        if (LoggedInterval.FaultOfNext(LoggedOf(last), certificate) is not null)
        {
            return new SealingDecision(SealingOutcome.Unchanged, $"It is sealed already: version {last!.Version} says the same.", certificate);
        }

        if (certificate.State == CertificateState.Unknown && !order.EvenUnknown)
        {
            return new SealingDecision(SealingOutcome.Wait, string.Join(' ', ReasonsOf(certificate)), certificate);
        }

        try
        {
            _ = certificate.Text;
            return new SealingDecision(SealingOutcome.Propose, "", certificate);
        }
        catch (CertificateFormatException e)
        {
            return new SealingDecision(SealingOutcome.Wait, e.Message, certificate);
        }
    }

    private static LoggedInterval? LoggedOf(IntervalCertificate? last) =>
        last is null ? null : new LoggedInterval(last.Version, last.State, last.Content, Index: 0);

    private static IntervalCertificate Draft(SealingFacts facts, IntervalContent content, IntervalCertificate? last, string? accepted) => new()
    {
        Store = facts.Store,
        Cluster = facts.Cluster,
        Interval = facts.Interval,
        Version = (last?.Version ?? 0) + 1,
        Content = content,
        Coordinators = [.. facts.Coordinators.Select(c => Accept(c, last, accepted))],
        Unnumbered = facts.Unnumbered,
        UnnumberedAccepted = AcceptUnnumbered(facts.Unnumbered, last, accepted),
        Copies = facts.Copies,
        MissingCopies = facts.MissingCopies,
        Answered = [.. facts.Peers.Where(static p => p.Doubt is null).Select(static p => new CertificatePeer(p.Ordinal, p.Peer))],
        Doubts = facts.Doubts,
        Policy = facts.Policy,
        Topology = facts.Topology,
        Previous = null,
        Time = new DateTimeOffset(facts.Time.UtcTicks - (facts.Time.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero),
    };

    // More of them than were accepted are others.
    private static string? AcceptUnnumbered(long blocks, IntervalCertificate? last, string? accepted) =>
        blocks == 0 ? null
        : last is not null && blocks <= last.Unnumbered ? last.UnnumberedAccepted ?? accepted
        : accepted;

    // What was accepted once stays accepted, with the reason of then, as long as it is missing.
    private static CertifiedNumbers Accept(CertifiedNumbers numbers, IntervalCertificate? last, string? accepted)
    {
        var before = last?.Coordinators.FirstOrDefault(c => (c.Ordinal, c.Incarnation) == (numbers.Ordinal, numbers.Incarnation));
        ImmutableArray<AcceptedNumbers> earlier = before is null ? [] : before.Accepted;
        var kept = earlier
            .Select(a => a with { Numbers = a.Numbers.Intersect(numbers.Missing) }).Where(static a => !a.Numbers.IsEmpty);
        var known = numbers with
        {
            Accepted = [.. kept.OrderBy(static a => a.Numbers.Runs[0].First)],
            EndAccepted = numbers.IsEndUnknown ? before?.EndAccepted ?? accepted : null,
        };
        return accepted is null || known.Unaccepted.IsEmpty ? known : known with
        {
            Accepted = [.. known.Accepted.Append(new AcceptedNumbers(known.Unaccepted, accepted)).OrderBy(static a => a.Numbers.Runs[0].First)],
        };
    }
}
