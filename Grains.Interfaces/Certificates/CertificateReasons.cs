using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>Says in sentences why a certificate does not promise more.</summary>
internal static class CertificateReasons
{
    /// <summary>What keeps it from promising completeness, a sentence for each; empty where nothing does.</summary>
    public static ImmutableArray<string> OfUnknown(IntervalCertificate certificate) =>
    [
        .. certificate.Doubts.Select(static d => $"Peer {d.Peer} ({d.Ordinal}) {Sentence(d.Reason)}."),
        .. certificate.Coordinators.Where(static c => !c.Unaccepted.IsEmpty).Select(static c =>
            $"Of the blocks that directory {c.Ordinal} numbered in incarnation {c.Incarnation}, {c.Unaccepted} are held by no peer and were not abandoned."),
        .. certificate.Coordinators.Where(static c => c is { IsEndUnknown: true, EndAccepted: null }).Select(static c =>
            $"How many blocks directory {c.Ordinal} numbered in incarnation {c.Incarnation} is not known: what it noted is gone."),
        .. certificate is { Unnumbered: > 0, UnnumberedAccepted: null }
            ? new[] { $"{certificate.Unnumbered} blocks were written by a program that did not number them, so that nothing shows whether one is missing." }
            : [],
    ];

    /// <summary>Why it promises less than is required, a sentence for each; empty where it does not.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="required">What it must promise, at least.</param>
    public static ImmutableArray<string> OfLess(IntervalCertificate certificate, CertificateState required) =>
        certificate.State >= required ? []
        : certificate.State == CertificateState.Unknown ? OfUnknown(certificate)
        : [.. certificate.MissingCopies.Select(static m => $"Peer {m.Peer} ({m.Ordinal}) lacks copies of {m.Blocks} blocks.")];

    private static string Sentence(DoubtReason reason) => reason switch
    {
        DoubtReason.Silent => "has not answered",
        DoubtReason.Open => "has not closed the interval",
        DoubtReason.Damaged => "knows that it has lost something of the interval",
        _ => "has not said which blocks it numbered",
    };
}
