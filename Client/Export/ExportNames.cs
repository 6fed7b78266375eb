using System.Text.RegularExpressions;
using AllData.Events;

namespace AllData.Client.Export;

/// <summary>
/// The names that an export makes. Only these are deleted, one by one and without following a link: a user who can write to the directory must not be
/// able to have another one deleted.
/// </summary>
internal static partial class ExportNames
{
    /// <summary>In front of an interval's start, the name of its directory.</summary>
    public const string IntervalPrefix = "interval=";

    /// <summary>In front of the version of a certificate, the name of a directory.</summary>
    public const string VersionPrefix = "version=";

    /// <summary>In front of the name of a directory that was replaced.</summary>
    public const string ReplacedPrefix = "replaced-";

    private const string TopicPrefix = "topic=";

    // As Hive calls the partition of rows without a value; what reads Hive's directories reads it as null.
    private const string NoTopic = TopicPrefix + "__HIVE_DEFAULT_PARTITION__";

    /// <summary>The directory of the events of a topic.</summary>
    /// <param name="topic">The topic; null: of the events that have none.</param>
    /// <param name="isPlain">
    /// Whether a file system tells names apart that differ in upper and lower case, or in a dot at their end. Where it does not, such letters are escaped as
    /// Hive does it: two topics must not share a directory.
    /// </param>
    public static string DirectoryOf(Topic? topic, bool isPlain) => topic is not { } named ? NoTopic
        : isPlain ? TopicPrefix + named.Value
        : TopicPrefix + string.Concat(named.Value.Select((c, i) =>
            char.IsAsciiLetterUpper(c) || (c == '.' && i == named.Value.Length - 1) ? $"%{(int)c:X2}" : $"{c}"));

    /// <summary>The first entry of an interval's directory that no export leaves there, a link included; or null.</summary>
    public static FileSystemInfo? FindForeign(string directory) => FindForeign(new DirectoryInfo(directory), mayHaveTopics: true, isFinished: true);

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
        if (FindForeign(new DirectoryInfo(directory), mayHaveTopics: true, isFinished: false) is { } foreign)
        {
            throw new ExportException($"{foreign.FullName} was not made by an export, and is left alone. Move it away, or give another --out.");
        }

        foreach (var topic in Directory.GetDirectories(directory))
        {
            RefuseLink(topic);
            DeleteFiles(topic);
        }

        DeleteFiles(directory);
    }

    // And then the directory, which has no other entries.
    private static void DeleteFiles(string directory)
    {
        foreach (var file in Directory.GetFiles(directory).Where(static f => IsFile(Path.GetFileName(f), isFinished: false)))
        {
            // Of a link, itself.
            File.Delete(file);
        }

        Directory.Delete(directory);
    }

    private static FileSystemInfo? FindForeign(DirectoryInfo directory, bool mayHaveTopics, bool isFinished) => directory.EnumerateFileSystemInfos()
        .Select(entry => entry is not DirectoryInfo inner ? (IsFile(entry.Name, isFinished) ? null : entry)
            : mayHaveTopics && inner.LinkTarget is null && inner.Name.StartsWith(TopicPrefix, StringComparison.Ordinal)
                ? FindForeign(inner, mayHaveTopics: false, isFinished)
                : inner)
        .FirstOrDefault(static found => found is not null);

    private static bool IsFile(string name, bool isFinished) =>
        name is ExportManifest.FileName or CertificateFile.Name || PartName().IsMatch(name) || (name == TopicGathering.FileName && !isFinished);

    private static bool IsDirectory(string name) =>
        name.StartsWith(IntervalPrefix, StringComparison.Ordinal) || name.StartsWith(ReplacedPrefix + IntervalPrefix, StringComparison.Ordinal);

    [GeneratedRegex(@"^part-\d{5,}\.(parquet|ndjson|stored)\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
