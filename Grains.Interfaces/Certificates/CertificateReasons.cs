using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>Says in sentences why a certificate does not promise more.</summary>
internal static class CertificateReasons
{
    /// <summary>What keeps it from promising completeness, a sentence for each; empty where nothing does.</summary>
    public static ImmutableArray<string> OfUnknown(IntervalCertificate certificate) =>
    [
        .. certificate.Doubts.Select(static d => Of(d)),
        .. certificate.Coordinators.Where(static c => !c.Unaccepted.IsEmpty).Select(static c =>
            $"Of the blocks that directory {c.Ordinal} numbered in incarnation {c.Incarnation}, {c.Unaccepted} are held by no peer of the cluster and were "
                + "not abandoned."),
        .. certificate.Coordinators.Where(static c => c is { IsEndUnknown: true, EndAccepted: null }).Select(static c =>
            $"How many blocks directory {c.Ordinal} numbered in incarnation {c.Incarnation} is not known: what it noted is gone."),
        .. certificate is { Unnumbered: > 0, UnnumberedAccepted: null }
            ? new[] { $"{certificate.Unnumbered} blocks were written by a program that did not number them, so that nothing shows whether one is missing." }
            : [],
    ];

    /// <summary>Why a peer may hold something that was not seen, in a sentence.</summary>
    /// <param name="doubt">The doubt.</param>
    /// <param name="because">What the peer has said to it, or null.</param>
    public static string Of(CertificateDoubt doubt, string? because = null) =>
        $"Peer {doubt.Peer} ({doubt.Ordinal}) {Sentence(doubt.Reason)}{(because is null ? "" : $": {because}")}.";

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
