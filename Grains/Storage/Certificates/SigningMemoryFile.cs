using System.Collections.Immutable;
using System.Text.Json;
using AllData.Certificates;
using AllData.Protocol.Certificates;
using AllData.Storage.Directories;

namespace AllData.Storage.Certificates;

/// <summary>What a data directory has signed and refused: <c>signed.json</c>.</summary>
internal static class SigningMemoryFile
{
    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Reads the file; the memory of a new directory where there is none, or where it is of another directory's ordinal.</summary>
    /// <param name="path">The file.</param>
    /// <param name="directory">The identity of the data directory.</param>
    /// <exception cref="FormatException">It is damaged or of an unknown version; the message says which.</exception>
    public static SigningMemory Read(string path, Guid directory)
    {
        if (VersionedJson.Read<Content>(path, FormatVersion, Json) is not { } content)
        {
            return SigningMemory.New;
        }

        if (content is not { Floor: >= 0, Signed: { } signed, Refused: { } refused } || signed.Any(static s => s is not { Size: > 0, Text: not null })
            || refused.Any(static r => r is not { Size: > 0 }))
        {
            throw new FormatException("it does not say what was signed");
        }

        // A directory with a new identity signs under another name; what the former one signed is a floor.
        var memory = new SigningMemory(
            content.IsSure, content.Floor, [.. signed.Select(static s => new SignedHead(s!.Size, s.Root, s.Text!))],
            [.. refused.Select(static r => new RefusedHead(r!.Size, r.Root))]);
        return content.Directory == directory ? memory : SigningMemory.New with { Floor = memory.HighestSize };
    }

    /// <summary>Replaces the file atomically; durable when it returns.</summary>
    public static void Write(string path, Guid directory, SigningMemory memory) => VersionedJson.Write(
        path,
        new Content(
            FormatVersion, directory, memory.IsSure, memory.Floor, [.. memory.Signed.Select(static s => new Head(s.Size, s.Root, s.Text))],
            [.. memory.Refused.Select(static r => new Head(r.Size, r.Root, Text: null))]),
        Json);

    private sealed record Content(
        int FormatVersion, Guid Directory, bool IsSure, long Floor, ImmutableArray<Head?>? Signed, ImmutableArray<Head?>? Refused) : IVersionedContent;

    private sealed record Head(long Size, TreeHash Root, string? Text);
}
