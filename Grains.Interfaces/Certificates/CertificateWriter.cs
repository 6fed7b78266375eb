using System.Globalization;
using System.Text;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Certificates;

/// <summary>Writes the text of a certificate: a fact in each line, in fixed order (docs/certificates.md).</summary>
internal sealed class CertificateWriter
{
    private readonly StringBuilder _text = new();

    /// <summary>The text of a certificate.</summary>
    /// <exception cref="CertificateFormatException">A fact is not possible, or the text would be too long.</exception>
    public static string Write(IntervalCertificate certificate)
    {
        if (CertificateRules.FaultOf(certificate) is { } fault)
        {
            throw new CertificateFormatException($"This is not a certificate: {fault}");
        }

        var writer = new CertificateWriter();
        writer.WriteEvents(certificate);
        foreach (var coordinator in certificate.Coordinators)
        {
            writer.WriteNumbers(coordinator);
        }

        writer.WritePeers(certificate);
        writer.WriteOrigin(certificate);
        var text = writer._text.ToString();
        var length = Encoding.UTF8.GetByteCount(text);
        return length <= IntervalCertificate.MaxLength
            ? text
            : throw new CertificateFormatException(
                $"The certificate would have {length} bytes, at most {IntervalCertificate.MaxLength} are allowed: its numbers have too many holes.");
    }

    private void WriteEvents(IntervalCertificate certificate)
    {
        _text.Append(CertificateLines.Format).Append('\n');
        Line(CertificateLines.Store, certificate.Store);
        Line(CertificateLines.Cluster, certificate.Cluster);
        Line(CertificateLines.Interval, IntervalText.Of(certificate.Interval));
        Line(CertificateLines.Version, certificate.Version);
        Line(CertificateLines.State, CertificateLines.TextOf(certificate.State));
        Line(CertificateLines.Events, certificate.Content.Events);
        Line(CertificateLines.Conflicts, certificate.Content.Conflicts);
        Line(CertificateLines.Root, certificate.Content.Root);
    }

    private void WriteNumbers(CertifiedNumbers one)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{one.Ordinal}.{one.Incarnation}");
        Line(CertificateLines.Blocks, $"{id} {(one.Issued == 0 ? CertificateLines.None : new NumberRange(0, one.Issued - 1).ToString())}");
        Numbers(CertificateLines.Abandoned, id, one.Abandoned);
        Numbers(CertificateLines.InFlightAtCrash, id, one.InFlightAtCrash);
        Numbers(CertificateLines.Missing, id, one.Missing);
        if (one.IsEndUnknown)
        {
            Line(CertificateLines.EndUnknown, id);
        }

        foreach (var accepted in one.Accepted)
        {
            Line(CertificateLines.Accepted, $"{id} {CertificateLines.TextOf(accepted.Numbers)} {accepted.Reason}");
        }

        Optional(CertificateLines.AcceptedEnd, one.EndAccepted is { } reason ? $"{id} {reason}" : null);
    }

    private void WritePeers(IntervalCertificate certificate)
    {
        if (certificate.Unnumbered > 0)
        {
            Line(CertificateLines.Unnumbered, certificate.Unnumbered);
            Optional(CertificateLines.AcceptedUnnumbered, certificate.UnnumberedAccepted);
        }

        Line(CertificateLines.CopiesStrict, certificate.Copies.Strict);
        Line(CertificateLines.CopiesRelaxed, certificate.Copies.Relaxed);
        Line(CertificateLines.CopiesUnderReplicated, certificate.Copies.UnderReplicated);
        foreach (var missing in certificate.MissingCopies)
        {
            Line(CertificateLines.MissingCopies, string.Create(CultureInfo.InvariantCulture, $"{missing.Ordinal} {missing.Peer} {missing.Blocks}"));
        }

        foreach (var peer in certificate.Answered)
        {
            Line(CertificateLines.Answered, string.Create(CultureInfo.InvariantCulture, $"{peer.Ordinal} {peer.Peer}"));
        }

        foreach (var doubt in certificate.Doubts)
        {
            Line(CertificateLines.Doubt, string.Create(CultureInfo.InvariantCulture, $"{doubt.Ordinal} {doubt.Peer} {CertificateLines.TextOf(doubt.Reason)}"));
        }
    }

    private void WriteOrigin(IntervalCertificate certificate)
    {
        Line(CertificateLines.Policy, certificate.Policy);
        Line(CertificateLines.Topology, certificate.Topology);
        Line(CertificateLines.Previous, certificate.Previous?.ToString() ?? CertificateLines.None);
        Line(CertificateLines.Time, certificate.Time.ToString(CertificateLines.TimeFormat, CultureInfo.InvariantCulture));
    }

    private void Numbers(string word, string id, NumberRanges numbers) => Optional(word, numbers.IsEmpty ? null : $"{id} {CertificateLines.TextOf(numbers)}");

    private void Optional(string word, string? value)
    {
        if (value is not null)
        {
            Line(word, value);
        }
    }

    private void Line<T>(string word, T value) =>
        _text.Append(word).Append(' ').Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');
}
