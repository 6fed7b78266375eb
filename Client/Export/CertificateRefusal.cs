using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Why an interval is not exported, by kind.</summary>
internal enum RefusalKind
{
    /// <summary>It has no certificate.</summary>
    NotSealed = 0,

    /// <summary>Its newest certificate promises less than is required.</summary>
    PromisesLess = 1,

    /// <summary>Only a part of it was requested, and a certificate is about the whole.</summary>
    NotWhole = 2,

    /// <summary>There are more events than are certified: the next version has not been made yet.</summary>
    Supplemented = 3,

    /// <summary>Events were lost or changed since it was sealed.</summary>
    Damaged = 4,

    /// <summary>Not all of it could be read now.</summary>
    NotRead = 5,
}

/// <summary>Why an interval is not exported.</summary>
/// <param name="Kind">For machines.</param>
/// <param name="Reasons">A sentence each, for people.</param>
internal sealed record CertificateRefusal(RefusalKind Kind, ImmutableArray<string> Reasons)
{
    /// <summary>What is known before a byte is read; null where nothing stands against the export.</summary>
    /// <param name="unit">What is to be exported.</param>
    /// <param name="certificate">The newest certificate of the interval; null where it has none.</param>
    /// <param name="required">What it must promise, at least.</param>
    public static CertificateRefusal? Before(ExportUnit unit, IntervalCertificate? certificate, CertificateState required) =>
        unit.From != unit.Interval.FirstKey || unit.To != unit.Interval.EndKey ? new CertificateRefusal(
            RefusalKind.NotWhole, [$"Only a part of the interval was requested, and a certificate is about the whole: give --interval {unit.Interval}."])
        : certificate is null ? new CertificateRefusal(
            RefusalKind.NotSealed, [$"It is not sealed. alldata seal --interval {unit.Interval} tries to seal it, and says what is in the way."])
        : certificate.State < required ? new CertificateRefusal(
            RefusalKind.PromisesLess,
            [
                $"Version {certificate.Version} of its certificate is {CertificateLines.TextOf(certificate.State)}, and "
                    + $"{CertificateLines.TextOf(required)} is required.",
                .. CertificateReasons.OfLess(certificate, required),
            ])
        : null;

    /// <summary>What was found out by reading; null where the events are those that are certified.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="content">What was read.</param>
    /// <param name="outcome">Whether all peers have answered.</param>
    public static CertificateRefusal? Of(IntervalCertificate certificate, IntervalContent content, ScanOutcome outcome)
    {
        if (content == certificate.Content)
        {
            return null;
        }

        var sentence = $"There are {Amount.OfEvents(content.Events)} with root {content.Root}; version {certificate.Version} certifies "
            + $"{Amount.OfEvents(certificate.Content.Events)} with root {certificate.Content.Root}.";
        return !outcome.IsComplete ? new CertificateRefusal(
                RefusalKind.NotRead, [sentence, .. outcome.Doubts.Select(static d => $"Peer {d.Peer} may hold the rest: {d.Reason}").Distinct()])
            : content.Events > certificate.Content.Events ? new CertificateRefusal(
                RefusalKind.Supplemented, [sentence, "Events have come since it was sealed: alldata seal certifies them, too."])
            : new CertificateRefusal(
                RefusalKind.Damaged, [sentence, "This is damage: events were lost or changed after the interval was sealed. alldata scrub looks for it."]);
    }
}
