using AllData.Certificates;

namespace AllData.Client.Verification;

/// <summary>A proof that was checked.</summary>
/// <param name="Holds">Whether it holds.</param>
/// <param name="Sentence">What it proves, or what does not hold.</param>
/// <param name="Fault">Which part does not hold; left out where it holds, or is not a proof at all.</param>
internal sealed record CheckedProof(bool Holds, string Sentence, ProofFaultKind? Fault)
{
    /// <summary>Checks a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    public static CheckedProof Of(string text, LogTrust? trust)
    {
        try
        {
            var proof = EventProof.Parse(text);
            return proof.FaultOf(trust) is { } fault
                ? new CheckedProof(Holds: false, $"The proof does not hold: {fault.Sentence}", fault.Kind)
                : new CheckedProof(Holds: true, Describe(proof), null);
        }
        catch (CertificateFormatException e)
        {
            return new CheckedProof(Holds: false, $"The proof does not hold: {e.Message}", null);
        }
    }

    private static string Describe(EventProof proof)
    {
        var (certificate, head) = (proof.Certificate.Certificate, proof.Certificate.Head);
        return $"The proof holds: event {proof.Event.Entry.Key}, SHA-256 {proof.Event.Entry.PayloadHash}, is leaf {proof.Event.Index} of "
            + $"{certificate.Content.Events} of interval {certificate.Interval}, version {certificate.Version}, {CertificateLines.TextOf(certificate.State)}; "
            + $"its certificate is entry {proof.Certificate.Index} of log {head.Head.Origin}.";
    }
}
