using System.Text.RegularExpressions;

namespace AllData.Client.Export;

/// <summary>
/// The names that an export makes. Only these are deleted, one by one and without following a link: a user who can write to the directory must not be
/// able to have another one deleted.
/// </summary>
internal static partial class ExportNames
{
    /// <summary>In front of an interval's start, the name of its directory.</summary>
    public const string IntervalPrefix = "interval=";

    /// <summary>In front of the name of a directory that was replaced.</summary>
    public const string ReplacedPrefix = "replaced-";

    /// <summary>Whether an export makes files of this name.</summary>
    public static bool IsFile(string name) => name == ExportManifest.FileName || PartName().IsMatch(name);

    /// <summary>Refuses a link where an export makes a file or a directory.</summary>
    /// <exception cref="ExportException">There is one.</exception>
    public static void RefuseLink(string path)
    {
        if (new FileInfo(path).LinkTarget is { } target)
        {
            throw new ExportException($"{path} is a link (to {target}), and no export makes links: it is left alone. Remove it, or give another --out.");
        }
    }

    /// <summary>Deletes a directory that an export has made; another one, and what no export has made, is left alone.</summary>
    /// <exception cref="ExportException">It is a link, or holds what no export has made.</exception>
    public static void Delete(string directory)
    {
        if (!IsDirectory(Path.GetFileName(directory)))
        {
            return;
        }

        RefuseLink(directory);
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo || !IsFile(entry.Name))
            {
                throw new ExportException($"{entry.FullName} was not made by an export, and is left alone. Move it away, or give another --out.");
            }

            // Of a link, itself.
            entry.Delete();
        }

        Directory.Delete(directory);
    }

    private static bool IsDirectory(string name) =>
        name.StartsWith(IntervalPrefix, StringComparison.Ordinal) || name.StartsWith(ReplacedPrefix + IntervalPrefix, StringComparison.Ordinal);

    [GeneratedRegex(@"^part-\d{5,}\.(parquet|ndjson)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
