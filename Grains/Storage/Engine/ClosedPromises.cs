using System.Text.Json;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Directories;

namespace AllData.Storage.Engine;

/// <summary>
/// A peer's durable promises to take no more puts of intervals, whether it holds anything of them or not: the file <c>closed.json</c> of its data directory. An
/// engine notes closed intervals of which it holds something; of the others only this speaks.
/// </summary>
internal sealed class ClosedPromises
{
    /// <summary>The file's name.</summary>
    public const string FileName = "closed.json";

    private const int FormatVersion = 1;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly string? _path;

    // Written by the store's writer alone. Replaced as a whole, so that others may look.
    private volatile NumberRanges _closed;

    private ClosedPromises(string? path, NumberRanges closed)
    {
        _path = path;
        _closed = closed;
    }

    /// <summary>Promises that are kept nowhere, for a store without a directory.</summary>
    public static ClosedPromises InMemory() => new(path: null, NumberRanges.None);

    /// <summary>Reads the promises of a data directory.</summary>
    /// <exception cref="ReplicaStoreException">They cannot be read: what was promised is not known.</exception>
    public static ClosedPromises Open(string directory)
    {
        var path = Path.Combine(directory, FileName);
        try
        {
            return VersionedJson.Read<Content>(path, FormatVersion, Json) is not { } content ? new ClosedPromises(path, NumberRanges.None)
                : content.Minutes is not null && NumberRanges.TryParse(content.Minutes, out var closed) ? new ClosedPromises(path, closed)
                : throw new FormatException("it does not name minutes");
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException(
                $"{path} cannot be read: {e.Message}. It names the minutes of which the peer has promised to take no more puts. Put the file back; or write "
                + "into it that all minutes from 0 to the present one are promised, counted since 1970: "
                + $"{{\"formatVersion\": {FormatVersion}, \"minutes\": \"0-…\"}}", e);
        }
    }

    /// <summary>Whether no more puts of an interval are taken.</summary>
    public bool Covers(Interval interval) => !_closed.IsEmpty && _closed.Contains(interval.FirstMinute.Value);

    /// <summary>Promises; durable when it returns. On the writer's thread, so that no block is on its way past it.</summary>
    /// <exception cref="ReplicaStoreException">It cannot be written: it may have been promised, which counts when the store is opened again.</exception>
    public void Add(Interval interval)
    {
        if (Covers(interval))
        {
            return;
        }

        var closed = _closed.Union(NumberRanges.Of([new NumberRange(interval.FirstMinute.Value, interval.EndMinute.Value - 1)]));
        try
        {
            if (_path is not null)
            {
                VersionedJson.Write(_path, new Content(FormatVersion, closed.ToString()), Json);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ReplicaStoreException($"{_path} cannot be written, so nothing is promised: {e.Message}", e);
        }

        _closed = closed;
    }

    private sealed record Content(int FormatVersion, string? Minutes) : IVersionedContent;
}
