using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Events;

namespace AllData.Client.Certificates;

/// <summary>The certificate log of a cluster as it was read whole, and what does not hold.</summary>
/// <param name="Texts">The texts of its certificates.</param>
/// <param name="Head">The head, with the keys that the cluster names.</param>
/// <param name="Signed">The head as a signed checkpoint; null while the log is empty.</param>
/// <param name="Trust">Whose signatures count.</param>
/// <param name="Faults">What does not hold.</param>
internal sealed record CheckedLog(
    IReadOnlyList<string> Texts, CertificateHead Head, SignedCheckpoint? Signed, LogTrust Trust, ImmutableArray<ProofFault> Faults)
{
    private readonly Lazy<ImmutableArray<IntervalCertificate?>> _certificates = new(() => [.. Texts.Select(Read)]);

    private readonly Lazy<TreeHash[]> _leaves = new(() =>
        [.. Texts.Take((int)(Signed?.Head.Size ?? 0)).Select(static text => TreeHash.OfLeaf(StrictText.Encode(text, "a certificate")))]);

    /// <summary>The newest certificate of each interval, ascending, with its place in the log.</summary>
    public ImmutableArray<(IntervalCertificate Certificate, int Index)> Newest =>
    [
        .. _certificates.Value.Select(static (certificate, index) => (certificate, index)).Where(static c => c.certificate is not null)
            .Select(static c => (Certificate: c.certificate!, Index: c.index))
            .GroupBy(static c => c.Certificate.Interval).Select(static g => g.MaxBy(static c => c.Index)).OrderBy(static c => c.Certificate.Interval),
    ];

    /// <summary>The newest certificate of the interval that a key lies in; null where it has none.</summary>
    public (IntervalCertificate Certificate, int Index)? Find(EventKey key) =>
        Newest.Where(c => c.Certificate.Interval.Contains(key)).Select(static c => ((IntervalCertificate, int)?)c).FirstOrDefault();

    /// <summary>A certificate with what proves that it is in the log.</summary>
    /// <param name="index">Its place.</param>
    public CertificateProof Prove(int index) =>
        new(_certificates.Value[index]!, index, [.. MerkleTree.InclusionPath(_leaves.Value, index)], Signed!);

    // One that is no certificate is a fault already.
    private static IntervalCertificate? Read(string text)
    {
        try
        {
            return IntervalCertificate.Parse(text);
        }
        catch (CertificateFormatException)
        {
            return null;
        }
    }
}
