using System.Security.Cryptography;
using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Client.Export;
using AllData.Client.Terminals;

namespace AllData.Client.Verification;

/// <summary>Checks the files of an exported interval against its certificate, without a cluster.</summary>
/// <param name="tally">Counts what is read.</param>
internal sealed class OfflineVerification(ReadTally tally)
{
    /// <summary>The certificate's name in the directory of an exported interval.</summary>
    public const string CertificateName = "_certificate.txt";

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
        var proof = ReadProof(certificate ?? Path.Combine(directory, CertificateName));
        var manifest = ExportManifest.TryRead(directory)
            ?? throw new UsageException($"{directory} has no {ExportManifest.FileName} that can be read: give the directory of an exported interval.");
        var one = new VerifiedInterval(proof.Certificate.Interval, proof.Certificate, null, [], []);
        if (proof.FaultOf(trust) is { } fault)
        {
            return one with { Faults = [fault.Sentence] };
        }

        if (FaultOfFiles(directory, manifest, proof.Certificate) is { } changed)
        {
            return one with { Faults = [changed] };
        }

        var result = VerifiedInterval.Compare(
            proof.Certificate, await ComputeAsync(directory, manifest, receipts, cancellation),
            trust is null ? ["The signatures of the head were not checked: name the peers' keys with --keys."] : []);
        result = result.Faults.IsEmpty ? result : result with { Doubts = result.Doubts.Add(NotStored) };
        return receipts?.MissingIn(result.Interval) is > 0 and var missing
            ? result with { Faults = result.Faults.Add($"{Amount.OfEvents(missing)} that receipts name are not there.") }
            : result;
    }

    private static CertificateProof ReadProof(string path)
    {
        try
        {
            return CertificateProof.Parse(StrictText.Decode(File.ReadAllBytes(path), "a certificate with its proof"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {e.Message} alldata verify --interval --certificate writes one.");
        }
    }

    private static string? FaultOfFiles(string directory, ExportManifest manifest, IntervalCertificate certificate)
    {
        if (manifest.From != certificate.Interval.FirstKey.ToString() || manifest.To != certificate.Interval.EndKey.ToString() || manifest.Topic is not null)
        {
            return $"The files are not the whole interval {certificate.Interval}: they were exported from {manifest.From} to {manifest.To}.";
        }

        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(directory, file.Name);
            if (!File.Exists(path))
            {
                return $"{file.Name} is missing.";
            }

            using var bytes = File.OpenRead(path);
            if (Convert.ToHexStringLower(SHA256.HashData(bytes)) != file.Sha256)
            {
                return $"{file.Name} was changed: its SHA-256 is not that of the manifest.";
            }
        }

        return null;
    }

    private async Task<IntervalContent> ComputeAsync(
        string directory, ExportManifest manifest, ReceiptKeys? receipts, CancellationToken cancellation)
    {
        var (tree, unordered) = (new IntervalTree(), manifest.PartitionedBy is null ? null : new List<EventEntry>());
        await foreach (var entry in ExportedEvents.ReadAsync(directory, manifest, cancellation))
        {
            receipts?.Meet(entry.Key);
            tally.Add(1, 0);
            if (unordered is null)
            {
                tree.Add(entry);
            }
            else
            {
                unordered.Add(entry);
            }
        }

        // Topics have files of their own: together they are not in the order of the keys.
        foreach (var entry in unordered?.Order() ?? Enumerable.Empty<EventEntry>())
        {
            tree.Add(entry);
        }

        return tree.Complete();
    }
}
