using System.Text.Json;
using AllData.Client.Connection;
using AllData.Events;
using AllData.Intervals;

namespace AllData.Client.Verification;

/// <summary>The keys of the receipts of a file: lines of JSON with a <c>key</c>, as <c>alldata put --receipts</c> writes them.</summary>
internal sealed class ReceiptKeys
{
    private readonly HashSet<EventKey> _missing;

    private ReceiptKeys(HashSet<EventKey> keys) => (_missing, Count) = (keys, keys.Count);

    /// <summary>How many keys the file has.</summary>
    public int Count { get; }

    /// <summary>The keys that were not met so far.</summary>
    public IReadOnlyCollection<EventKey> Missing => _missing;

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It cannot be read, or a line is not a receipt.</exception>
    public static ReceiptKeys Read(string path)
    {
        var (keys, number) = (new HashSet<EventKey>(), 0);
        try
        {
            foreach (var line in File.ReadLines(path))
            {
                number++;
                using var document = JsonDocument.Parse(line);
                keys.Add(EventKey.Parse(document.RootElement.GetProperty("key").GetString() ?? ""));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new UsageException($"Line {number} of {path} is not a receipt: an object with a \"key\" is expected.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {e.Message}");
        }

        return new ReceiptKeys(keys);
    }

    /// <summary>An event with this key was met.</summary>
    public void Meet(EventKey key) => _missing.Remove(key);

    /// <summary>How many of the keys that were not met so far lie in an interval.</summary>
    public int MissingIn(Interval interval) => _missing.Count(interval.Contains);
}
