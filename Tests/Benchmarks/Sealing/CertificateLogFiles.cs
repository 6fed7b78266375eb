using System.Buffers.Binary;
using System.Text;
using AllData.Tests.Unit.Certificates;

namespace AllData.Benchmarks;

/// <summary>
/// The certificate log in a data directory, read by the description of its files and by nothing of the program, and changed as an intruder would.
/// </summary>
internal static class CertificateLogFiles
{
    private const int MagicLength = 8;
    private const int HashLength = 32;

    private static readonly string[] LogNames = ["entries.log", "head.note"];

    /// <summary>The folder of the log.</summary>
    public static string FolderOf(string dataDirectory) => Path.Combine(dataDirectory, "certificates");

    /// <summary>The texts of the entries, in their order.</summary>
    public static List<string> ReadTexts(string dataDirectory)
    {
        var bytes = File.ReadAllBytes(Path.Combine(FolderOf(dataDirectory), LogNames[0]));
        var texts = new List<string>();
        for (var at = MagicLength; at + sizeof(int) + HashLength < bytes.Length;)
        {
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
            at += sizeof(int) + HashLength;
            texts.Add(Encoding.UTF8.GetString(bytes, at, length));
            at += length;
        }

        return texts;
    }

    /// <summary>Writes entries in the place of those that are there, with the hashes that belong to them.</summary>
    public static void WriteTexts(string dataDirectory, IReadOnlyList<string> texts)
    {
        var path = Path.Combine(FolderOf(dataDirectory), LogNames[0]);
        using var written = new MemoryStream();
        written.Write(File.ReadAllBytes(path).AsSpan(0, MagicLength));
        foreach (var text in texts.Select(Encoding.UTF8.GetBytes))
        {
            var length = new byte[sizeof(int)];
            BinaryPrimitives.WriteInt32BigEndian(length, text.Length);
            written.Write([.. length, .. IndependentTree.Hash([text]), .. text]);
        }

        File.WriteAllBytes(path, written.ToArray());
    }

    /// <summary>The files of the log, but not what was signed of it: what a backup brings back.</summary>
    public static IReadOnlyDictionary<string, byte[]> BackUp(string dataDirectory) =>
        LogNames.Select(name => Path.Combine(FolderOf(dataDirectory), name)).Where(File.Exists).ToDictionary(static path => path, File.ReadAllBytes);

    /// <summary>Puts a backup in the place of what is there.</summary>
    public static void Restore(IReadOnlyDictionary<string, byte[]> backup)
    {
        foreach (var (path, content) in backup)
        {
            File.WriteAllBytes(path, content);
        }
    }

    /// <summary>What is wrong with the log of a directory: its head is not that of its entries, computed as RFC 6962 says.</summary>
    /// <returns>A sentence; null: nothing.</returns>
    public static string? FaultOf(string dataDirectory)
    {
        var texts = ReadTexts(dataDirectory);
        var head = File.ReadAllLines(Path.Combine(FolderOf(dataDirectory), LogNames[1]));
        var root = Convert.ToBase64String(IndependentTree.Hash([.. texts.Select(Encoding.UTF8.GetBytes)]));
        return head[1] != $"{texts.Count}" || head[2] != root ? $"its head is {head[1]}, {head[2]}; its {texts.Count} entries make {root}" : null;
    }
}
