using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Client.Export;
using AllData.Client.Terminals;
using AllData.Events;

namespace AllData.Client.Verification;

/// <summary>Checks the files of an exported interval against its certificate, without a cluster.</summary>
/// <param name="tally">Counts what is read.</param>
internal sealed class OfflineVerification(ReadTally tally)
{
    private const string NotStored = "Where the store encrypts payloads, or a payload of JSON had line breaks and the files are NDJSON, files do not have "
        + "the stored bytes: alldata verify --interval reads those.";

    /// <summary>Checks.</summary>
    /// <param name="directory">The directory of an exported interval.</param>
    /// <param name="certificate">The certificate with its proof; null: it lies in the directory.</param>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    /// <param name="receipts">Receipts whose events must be there; null: none.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="UsageException">A file that is needed cannot be read.</exception>
    public async Task<VerifiedInterval> RunAsync(
        string directory, string? certificate, LogTrust? trust, ReceiptKeys? receipts, CancellationToken cancellation)
    {
        var proof = CertificateFile.Read(certificate ?? Path.Combine(directory, CertificateFile.Name));
        var manifest = ExportManifest.TryRead(directory)
            ?? throw new UsageException($"{directory} has no {ExportManifest.FileName} that can be read: give the directory of an exported interval.");
        var one = new VerifiedInterval(proof.Certificate.Interval, proof.Certificate, null, [], []);
        if (proof.FaultOf(trust) is { } fault)
        {
            return one with { Faults = [fault.Sentence] };
        }

        var copy = new ExportedCopy(directory, manifest);
        if (copy.FaultOfFiles(proof.Certificate) is { } changed)
        {
            return one with { Faults = [changed] };
        }

        var result = VerifiedInterval.Compare(
            proof.Certificate, await copy.ComputeAsync(Meet, cancellation),
            trust is null ? ["The signatures of the head were not checked: name the peers' keys with --keys."] : []);
        result = result.Faults.IsEmpty ? result : result with { Doubts = result.Doubts.Add(NotStored) };
        return receipts?.MissingIn(result.Interval) is > 0 and var missing
            ? result with { Faults = result.Faults.Add($"{Amount.OfEvents(missing)} that receipts name are not there.") }
            : result;

        void Meet(EventKey key)
        {
            receipts?.Meet(key);
            tally.Add(1, 0);
        }
    }
}
