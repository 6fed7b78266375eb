using AllData.Certificates;
using AllData.Client.Connection;
using AllData.Client.Export;
using AllData.Client.Terminals;
using AllData.Client.Verification;
using AllData.Events;

namespace AllData.Client.Archive;

/// <summary>An archived interval that was read whole and found to be as certified.</summary>
/// <param name="Directory">Where it lies.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Certificate">Its certificate.</param>
internal sealed record ArchivedInterval(string Directory, ExportManifest Manifest, IntervalCertificate Certificate)
{
    /// <summary>Opens one, and reads all of it.</summary>
    /// <param name="directory">Where it lies.</param>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    /// <param name="tally">Counts what is read.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="UsageException">It is no archived interval.</exception>
    /// <exception cref="ExportException">It is not as it was archived.</exception>
    public static async Task<ArchivedInterval> OpenAsync(string directory, LogTrust? trust, ReadTally tally, CancellationToken cancellation)
    {
        var manifest = ExportManifest.TryRead(directory);
        if (manifest is not { Format: ExportFormat.Stored, FormatVersion: ExportManifest.CurrentVersion })
        {
            throw new UsageException(
                $"{directory} is no archived interval: give a directory interval=START that alldata archive has made. Files of an export are not restored.");
        }

        var result = await new OfflineVerification(tally).RunAsync(directory, certificate: null, trust, receipts: null, cancellation);
        return result.Faults.IsEmpty
            ? new ArchivedInterval(directory, manifest, result.Certificate!)
            : throw new ExportException($"{directory} is not as it was archived, and nothing of it is restored: {string.Join(' ', result.Faults)}");
    }

    /// <summary>Its events, those of one key together, in the order of the keys.</summary>
    public IEnumerable<List<StoredRecord>> ReadByKey()
    {
        var group = new List<StoredRecord>();
        foreach (var one in Manifest.Files.SelectMany(file => StoredRecords.Read(Path.Combine(Directory, file.Name))))
        {
            if (group.Count > 0 && group[0].Key != one.Key)
            {
                yield return group;
                group = [];
            }

            group.Add(one);
        }

        if (group.Count > 0)
        {
            yield return group;
        }
    }
}
