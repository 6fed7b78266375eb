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

    /// <summary>Reads the file, as it is when a directory is opened; the memory of a new directory where there is no file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="directory">The identity of the data directory.</param>
    /// <exception cref="FormatException">It is damaged or of an unknown version; the message says which.</exception>
    public static SigningMemory Read(string path, Guid directory)
    {
        if (VersionedJson.Read<Content>(path, FormatVersion, Json) is not { } content)
        {
            return SigningMemory.New;
        }

        var promised = content.Promised ?? [];
        if (content is not { Floor: >= 0, Signed: { } signed, Refused: { } refused, Heard: { } heard }
            || signed.Concat(heard).Any(static s => s is not { Size: > 0, Text: not null }) || refused.Concat(promised).Any(static r => r is not { Size: > 0 }))
        {
            throw new FormatException("it does not say what was signed");
        }

        var memory = new SigningMemory(
            content.IsSure, content.Floor, HeadsOf(signed), RefusedOf(refused))
        {
            IsNew = content.IsNew,
            Heard = HeadsOf(heard),
            MayHaveSignedHeard = content.MayHaveSignedHeard,
            Promised = RefusedOf(promised),
        };
        return content.Directory == directory ? memory.Opened() : memory.Inherited();
    }

    /// <summary>Replaces the file atomically; durable when it returns.</summary>
    public static void Write(string path, Guid directory, SigningMemory memory) => VersionedJson.Write(
        path,
        new Content(
            FormatVersion, directory, memory.IsNew, memory.IsSure, memory.Floor, [.. memory.Signed.Select(static s => new Head(s.Size, s.Root, s.Text))],
            HeadsOf(memory.Refused),
            [.. memory.Heard.Select(static s => new Head(s.Size, s.Root, s.Text))], memory.MayHaveSignedHeard, HeadsOf(memory.Promised)),
        Json);

    private static ImmutableArray<SignedHead> HeadsOf(ImmutableArray<Head?> heads) => [.. heads.Select(static s => new SignedHead(s!.Size, s.Root, s.Text!))];

    private static ImmutableArray<RefusedHead> RefusedOf(ImmutableArray<Head?> heads) => [.. heads.Select(static r => new RefusedHead(r!.Size, r.Root))];

    private static ImmutableArray<Head?> HeadsOf(ImmutableArray<RefusedHead> heads) => [.. heads.Select(static r => new Head(r.Size, r.Root, Text: null))];

    private sealed record Content(
        int FormatVersion, Guid Directory, bool IsNew, bool IsSure, long Floor, ImmutableArray<Head?>? Signed, ImmutableArray<Head?>? Refused,
        ImmutableArray<Head?>? Heard, bool MayHaveSignedHeard, ImmutableArray<Head?>? Promised) : IVersionedContent;

    private sealed record Head(long Size, TreeHash Root, string? Text);
}
