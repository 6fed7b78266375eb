using System.Security.Cryptography;
using AllData.Certificates;
using AllData.Events;

namespace AllData.Client.Export;

/// <summary>Reads the files of an exported interval again, and compares them with what was said of them.</summary>
/// <param name="directory">The directory of the interval.</param>
/// <param name="manifest">Its manifest.</param>
internal sealed class ExportedCopy(string directory, ExportManifest manifest)
{
    /// <summary>What does not hold of the files as such: a sentence; null where all does.</summary>
    /// <param name="certificate">The certificate that they are to be of.</param>
    public string? FaultOfFiles(IntervalCertificate certificate)
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

    /// <summary>Computes from the files what a certificate says of their events.</summary>
    /// <param name="onEvent">Told of each event.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="FormatException">A file is not as an export writes it.</exception>
    public async Task<IntervalContent> ComputeAsync(Action<EventKey> onEvent, CancellationToken cancellation)
    {
        var (tree, unordered) = (new IntervalTree(), manifest.PartitionedBy is null ? null : new List<EventEntry>());
        await foreach (var entry in ExportedEvents.ReadAsync(directory, manifest, cancellation))
        {
            onEvent(entry.Key);
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
