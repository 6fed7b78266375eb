using System.Text.Json;
using AllData.Certificates;
using AllData.Client.Read;
using AllData.Client.Terminals;

namespace AllData.Client.Export;

/// <summary>A file of an export.</summary>
/// <param name="Name">Its path, from the directory of the manifest on.</param>
/// <param name="Events">Events in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its bytes, hexadecimal.</param>
/// <param name="FirstKey">Its smallest key.</param>
/// <param name="LastKey">Its largest key.</param>
internal sealed record ExportedFile(string Name, long Events, long Bytes, string Sha256, string FirstKey, string LastKey);

/// <summary>The certificate that an exported interval was compared with.</summary>
/// <param name="File">The file with it and its proof, in the directory of the manifest.</param>
/// <param name="Version">Its version.</param>
/// <param name="State">What it promises.</param>
/// <param name="Root">The root of the interval's tree.</param>
/// <param name="RootOfFiles">
/// Whether the root is that of the events as they are in the files. Otherwise the store has some encrypted, and the root is that of what is stored.
/// </param>
internal sealed record ExportedCertificate(string File, int Version, CertificateState State, TreeHash Root, bool RootOfFiles);

/// <summary>
/// Says what an exported interval is. It is written last, and the directory appears with it: a directory without a manifest was not exported.
/// </summary>
internal sealed record ExportManifest
{
    /// <summary>
    /// Its name. Programs that read a whole directory of data (Spark, Arrow) leave out names that begin with an underscore.
    /// </summary>
    public const string FileName = "_manifest.json";

    /// <summary>Version of the manifest that this program writes.</summary>
    public const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Indented = new(JsonOutput.Options) { WriteIndented = true };

    /// <summary>Version of the manifest.</summary>
    public required int FormatVersion { get; init; }

    /// <summary>The program that wrote it, and its version.</summary>
    public required string Tool { get; init; }

    public required Guid Cluster { get; init; }

    public required string Interval { get; init; }

    public required long IntervalSeconds { get; init; }

    /// <summary>Whether the interval still took puts: open, closed or unknown. What is not closed is provisional.</summary>
    public required string State { get; init; }

    /// <summary>First key of the requested range.</summary>
    public required string From { get; init; }

    /// <summary>First key beyond the requested range.</summary>
    public required string To { get; init; }

    public required ExportFormat Format { get; init; }

    /// <summary>When the export began to read.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>Whether every event acknowledged before that is in it.</summary>
    public required bool Complete { get; init; }

    /// <summary>Where events may be missing, and which peers must answer.</summary>
    public required IReadOnlyList<DoubtJson> Doubts { get; init; }

    /// <summary><c>cluster</c> where only the peers of one cluster were read; otherwise left out.</summary>
    public string? Scope { get; init; }

    /// <summary>The topic of all events where only those of one were exported; otherwise left out.</summary>
    public string? Topic { get; init; }

    /// <summary><c>topic</c> where the events of each topic are in files of their own; otherwise left out.</summary>
    public string? PartitionedBy { get; init; }

    public required long Events { get; init; }

    /// <summary>Keys with several events, all of which are in the files.</summary>
    public required long Conflicts { get; init; }

    /// <summary>
    /// Events whose payload is not JSON that every reader takes, and so in <c>payload_bytes</c> (Parquet) or <c>base64</c> (NDJSON).
    /// </summary>
    public long NotJson { get; init; }

    /// <summary>Events without a payload, because it cannot be read: the silo does not have the key that encrypted it, or it was changed.</summary>
    public long Unreadable { get; init; }

    /// <summary>The certificate that the events were compared with; left out where none was required.</summary>
    public ExportedCertificate? Certificate { get; init; }

    /// <summary>Smallest key; null when there is no event.</summary>
    public string? FirstKey { get; init; }

    /// <summary>Largest key; null when there is no event.</summary>
    public string? LastKey { get; init; }

    /// <summary>The files, in the order of their keys, or topic after topic.</summary>
    public required IReadOnlyList<ExportedFile> Files { get; init; }

    /// <summary>Reads the manifest of a directory; null if there is none that can be read.</summary>
    public static ExportManifest? TryRead(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<ExportManifest>(File.ReadAllBytes(Path.Combine(directory, FileName)), JsonOutput.Options);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it to a directory and flushes it to disk.</summary>
    public void Write(string directory)
    {
        using var file = new FileStream(Path.Combine(directory, FileName), FileMode.CreateNew, FileAccess.Write);
        JsonSerializer.Serialize(file, this, Indented);
        file.WriteByte((byte)'\n');
        file.Flush(flushToDisk: true);
    }
}
