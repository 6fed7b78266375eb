using System.Collections.Immutable;
using System.Globalization;
using AllData.Certificates;
using AllData.Client.Terminals;
using AllData.Intervals;

namespace AllData.Client.Verification;

/// <summary>What came out of the check of an interval.</summary>
/// <param name="Interval">The interval.</param>
/// <param name="Certificate">Its newest certificate; null where it has none.</param>
/// <param name="Content">What was recomputed; null where nothing was.</param>
/// <param name="Faults">What does not hold, a sentence each.</param>
/// <param name="Doubts">What could not be looked at, a sentence each.</param>
internal sealed record VerifiedInterval(
    Interval Interval, IntervalCertificate? Certificate, IntervalContent? Content, ImmutableArray<string> Faults, ImmutableArray<string> Doubts)
{
    /// <summary>Compares what was recomputed with what is certified.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="content">What was recomputed.</param>
    /// <param name="doubts">What could not be looked at.</param>
    public static VerifiedInterval Compare(IntervalCertificate certificate, IntervalContent content, params IEnumerable<string> doubts) => new(
        certificate.Interval, certificate, content, FaultOf(certificate, content) is { } fault ? [fault] : [], [.. doubts]);

    private static string? FaultOf(IntervalCertificate certificate, IntervalContent content) =>
        content == certificate.Content ? null
        : content.Events > certificate.Content.Events ? Describe(
            content, certificate, "Events have come since: alldata seal certifies them, too.")
        : content.Events < certificate.Content.Events ? Describe(content, certificate, "Events are missing.")
        : Describe(content, certificate, "Events were changed.");

    private static string Describe(IntervalContent content, IntervalCertificate certificate, string sentence) => string.Create(
        CultureInfo.InvariantCulture,
        $"There are {Amount.OfEvents(content.Events)} with root {content.Root}; version {certificate.Version} certifies "
            + $"{Amount.OfEvents(certificate.Content.Events)} with root {certificate.Content.Root}. {sentence}");
}
