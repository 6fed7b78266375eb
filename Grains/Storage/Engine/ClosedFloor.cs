using System.Text.Json;
using AllData.Intervals;
using AllData.Storage.Directories;

namespace AllData.Storage.Engine;

/// <summary>
/// A peer's durable promise to take no more puts of an interval and of all before it, whether it holds anything of them or not: the file <c>closed.json</c> of
/// its data directory. Engines note closed intervals of which they hold something; of the others only this speaks.
/// </summary>
internal sealed class ClosedFloor
{
    /// <summary>The file's name.</summary>
    public const string FileName = "closed.json";

    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string? _path;
    private long _end;

    private ClosedFloor(string? path, long end)
    {
        _path = path;
        _end = end;
    }

    /// <summary>One that is kept nowhere, for a store without a directory.</summary>
    public static ClosedFloor InMemory() => new(path: null, end: 0);

    /// <summary>Reads the promise of a data directory.</summary>
    /// <exception cref="ReplicaStoreException">It cannot be read: what was promised is not known.</exception>
    public static ClosedFloor Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            return VersionedJson.Read<Content>(path, FormatVersion, Json) is not { } content ? new ClosedFloor(path, end: 0)
                : content.EndUnixMilliseconds >= 0 ? new ClosedFloor(path, content.EndUnixMilliseconds)
                : throw new FormatException("it names no time");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException(
                $"{path} cannot be read: {e.Message} It says up to where the peer takes no puts any more. Put the file back, or write the present time into it, in "
                + $"milliseconds since 1970, which closes all intervals before: {{\"formatVersion\": {FormatVersion}, \"endUnixMilliseconds\": …}}", e);
        }
    }

    /// <summary>Whether the promise is about an interval.</summary>
    public bool Covers(Interval interval) => interval.EndUnixMilliseconds <= Volatile.Read(ref _end);

    /// <summary>Promises; durable when it returns. On the writer's thread, so that no block is on its way past it.</summary>
    /// <exception cref="ReplicaStoreException">It cannot be written: it may have been promised, and counts only when the store is opened again.</exception>
    public void Raise(Interval interval)
    {
        if (Covers(interval))
        {
            return;
        }

        try
        {
            if (_path is not null)
            {
                VersionedJson.Write(_path, new Content(FormatVersion, interval.EndUnixMilliseconds), Json);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException($"{_path} cannot be written, so nothing is promised: {e.Message}", e);
        }

        Volatile.Write(ref _end, interval.EndUnixMilliseconds);
    }

    private sealed record Content(int FormatVersion, long EndUnixMilliseconds) : IVersionedContent;
}
