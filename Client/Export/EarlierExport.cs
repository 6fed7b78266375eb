using System.Security.Cryptography;
using AllData.Certificates;
using AllData.Client.Read;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary>Examines what is already in the place where an interval is to appear.</summary>
internal static class EarlierExport
{
    /// <summary>
    /// The manifest of an earlier export that need not be made again: of the same range of a closed interval, complete, its files as they
    /// were. Null: (re)place what is there.
    /// </summary>
    /// <param name="directory">Where it is to appear.</param>
    /// <param name="unit">What is to appear.</param>
    /// <param name="cluster">The id of the cluster.</param>
    /// <param name="request">How it is exported.</param>
    /// <param name="certificate">The certificate that it must have been compared with; null: none.</param>
    /// <exception cref="ExportException">What is there must not be replaced.</exception>
    public static ExportManifest? FindFinished(
        string directory, ExportUnit unit, Guid cluster, ExportRequest request, IntervalCertificate? certificate = null)
    {
        ExportNames.RefuseLink(directory);
        if (!Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            return null;
        }

        var earlier = ExportManifest.TryRead(directory) ?? throw new ExportException(
            $"{directory} has files, but no {ExportManifest.FileName} that can be read: it was not exported by this command, and is left alone."
            + " Remove it, or give another --out.");
        if (earlier.Cluster != cluster || earlier.Format != request.Format || earlier.FormatVersion != ExportManifest.CurrentVersion)
        {
            throw new ExportException(
                $"{directory} is an export of another cluster, or in another format (cluster {earlier.Cluster}, {earlier.Format.ToString().ToLowerInvariant()},"
                + $" version {earlier.FormatVersion}), and is left alone. Remove it, or give another --out.");
        }

        // Replacing the directory would delete it.
        if (ExportNames.FindForeign(directory) is { } foreign)
        {
            throw new ExportException(
                $"{foreign.FullName} was not made by an export, and {directory} is left alone. Move it away, or give another --out.");
        }

        return !request.Overwrite && IsOf(earlier, unit, directory) && IsOf(earlier, request.Scope, directory) && IsOf(earlier, request.Topic, directory)
            && IsPartitioned(earlier, request.ByTopic, directory) && IsCertifiedBy(earlier, certificate) && IsFinished(earlier, unit)
            && IsIntact(earlier, directory, request.Verify)
            ? earlier
            : null;
    }

    private static bool IsOf(ExportManifest earlier, ExportUnit unit, string directory) =>
        (earlier.From, earlier.To) == (unit.From.ToString(), unit.To.ToString())
            ? true
            : throw new ExportException(
                $"{directory} is an export of another range, {earlier.From} to {earlier.To}. Replace it with --overwrite, or give another --out.");

    private static bool IsOf(ExportManifest earlier, ScanScope scope, string directory) => earlier.Scope == ScanOutput.NameOf(scope)
        ? true
        : throw new ExportException(
            $"{directory} is an export with --scope {earlier.Scope ?? "store"}. Replace it with --overwrite, or give another --out.");

    private static bool IsOf(ExportManifest earlier, Topic? topic, string directory) => earlier.Topic == topic?.Value
        ? true
        : throw new ExportException(
            $"{directory} is an export of {(earlier.Topic is { } other ? $"topic {other}" : "all topics")}. Replace it with --overwrite, or give another "
            + "--out.");

    private static bool IsPartitioned(ExportManifest earlier, bool byTopic, string directory) => earlier.PartitionedBy is not null == byTopic
        ? true
        : throw new ExportException(
            $"{directory} is an export {(byTopic ? "without" : "with")} --by-topic. Replace it with --overwrite, or give another --out.");

    // A newer version has more events, or says more of the same.
    private static bool IsCertifiedBy(ExportManifest earlier, IntervalCertificate? certificate) => certificate is null
        || (earlier.Certificate is { } one && (one.Version, one.State, one.Root) == (certificate.Version, certificate.State, certificate.Content.Root));

    // What could not be read may be readable now. If no peer held the interval, only this machine's clock has said that it was over: if peers now hold events
    // of it, they are right.
    private static bool IsFinished(ExportManifest earlier, ExportUnit unit) => earlier.Certificate is not null
        || (earlier is { Complete: true, State: ExportUnit.Closed, Unreadable: 0 } && (earlier.Events > 0 || unit.EstimatedEvents == 0));

    private static bool IsIntact(ExportManifest earlier, string directory, bool verify)
    {
        var expected = earlier.Files.Select(static f => f.Name).Append(ExportManifest.FileName)
            .Concat(earlier.Certificate is { } certificate ? [certificate.File] : []).Order(StringComparer.Ordinal);
        var there = Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(directory, file).Replace(Path.DirectorySeparatorChar, '/')).Order(StringComparer.Ordinal);
        return expected.SequenceEqual(there)
            && earlier.Files.All(f => new FileInfo(Path.Combine(directory, f.Name)).Length == f.Bytes)
            && (!verify || earlier.Files.All(f => DigestOf(Path.Combine(directory, f.Name)) == f.Sha256));
    }

    private static string DigestOf(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }
}
