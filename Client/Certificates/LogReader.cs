using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Client.Commands;

namespace AllData.Client.Certificates;

/// <summary>Reads the certificate log of a cluster whole, and checks it.</summary>
internal sealed class LogReader(ClusterSession cluster)
{
    private const int EntriesPerCall = 512;

    /// <summary>Reads and checks.</summary>
    /// <param name="trusted">Whose signatures count; null: those of the peers that the cluster names.</param>
    /// <param name="known">A head that was seen before, or null.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public async Task<CheckedLog> ReadAsync(LogTrust? trusted, Checkpoint? known, CancellationToken cancellation)
    {
        var texts = new List<string>();
        var head = await cluster.CallAsync(static g => g.GetCertificates().GetHead(), cancellation);
        while (texts.Count < head.Size)
        {
            var answer = await cluster.CallAsync(g => g.GetCertificates().GetEntries(texts.Count, EntriesPerCall), cancellation);
            var next = answer.Entries.TakeWhile((entry, i) => entry.Index == texts.Count + i).Select(static entry => entry.Text).ToList();
            if (next.Count == 0)
            {
                // What is left is told as removed.
                break;
            }

            texts.AddRange(next);
            head = answer.Head.Size > head.Size ? answer.Head : head;
        }

        return Check(texts, head, trusted ?? TrustOf(head), known);
    }

    /// <summary>The peers that the cluster names: each that stores, with its key.</summary>
    public static LogTrust TrustOf(CertificateHead head) => new(
        CertificateLog.OriginOf(head.Cluster),
        head.MinZones,
        [
            .. head.Keys.Where(static key => key.IsStoring).Select(key => new TrustedPeer(
                VerifierKey.Of(CertificateLog.SignerOf(head.Cluster, key.Ordinal), Convert.FromBase64String(key.PublicKey)), key.Location.ToString())),
        ]);

    private static CheckedLog Check(List<string> texts, CertificateHead head, LogTrust trust, Checkpoint? known)
    {
        if (head.Size == 0)
        {
            var origin = CertificateLog.OriginOf(head.Cluster);
            ImmutableArray<ProofFault> faults =
                trust.Origin != origin ? [
                    new ProofFault(ProofFaultKind.Origin, $"The keys are those of log {trust.Origin}, and that of this cluster is {origin}.")]
                : known is null or { Size: 0 } ? []
                : [new ProofFault(ProofFaultKind.Removed, $"The log is empty, and a head of {known.Size} certificates is known: it was removed.")];
            return new CheckedLog(texts, head, null, trust, faults);
        }

        try
        {
            var signed = SignedCheckpoint.Parse(head.Note);
            return new CheckedLog(texts, head, signed, trust, CertificateLogCheck.FaultsOf(texts, signed, trust, known));
        }
        catch (CertificateFormatException e)
        {
            return new CheckedLog(texts, head, null, trust, [new ProofFault(ProofFaultKind.Changed, e.Message)]);
        }
    }
}
