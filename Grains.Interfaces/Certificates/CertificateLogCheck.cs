using System.Collections.Immutable;

namespace AllData.Certificates;

/// <summary>Checks a whole log without a cluster: the texts of its entries against a head, the head's signatures, and the rules of each entry.</summary>
internal static class CertificateLogCheck
{
    /// <summary>What does not hold; empty where all does.</summary>
    /// <param name="texts">The texts of all entries, in their order.</param>
    /// <param name="head">The head that they are checked against.</param>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    /// <param name="known">A head that was seen before, or null.</param>
    public static ImmutableArray<ProofFault> FaultsOf(IReadOnlyList<string> texts, SignedCheckpoint head, LogTrust? trust, Checkpoint? known = null)
    {
        var faults = ImmutableArray.CreateBuilder<ProofFault>();
        Add(trust?.FaultOf(head));
        var log = new CertificateLog(head.Head.Origin);
        foreach (var text in texts)
        {
            if (FaultOfEntry(log, text) is { } fault)
            {
                // Nothing behind it can be judged: each entry names the one before it.
                Add(new ProofFault(ProofFaultKind.Entry, $"Entry {log.Size} of the log is not a certificate that can stand there: {fault}"));
                return faults.ToImmutable();
            }
        }

        Add(log.FaultOf(head.Head));
        Add(known is null ? null : log.FaultOf(known));
        if (head.Head.Size < log.Size)
        {
            Add(new ProofFault(
                ProofFaultKind.Changed, $"The log has {log.Size} certificates, and its head is of {head.Head.Size}: the others are not signed."));
        }

        return faults.ToImmutable();

        void Add(ProofFault? fault)
        {
            if (fault is not null)
            {
                faults.Add(fault);
            }
        }
    }

    private static string? FaultOfEntry(CertificateLog log, string text)
    {
        try
        {
            var certificate = IntervalCertificate.Parse(text);
            if (log.FaultOfNext(certificate) is { } fault)
            {
                return fault;
            }

            log.Append(certificate);
            return null;
        }
        catch (CertificateFormatException e)
        {
            return e.Message;
        }
    }
}
