using System.Runtime.CompilerServices;
using System.Text;
using AllData.Certificates;
using AllData.Events;
using Parquet;

namespace AllData.Client.Export;

/// <summary>Reads the events of an exported interval back, as far as a certificate is about them.</summary>
internal static class ExportedEvents
{
    private const string KeyStart = "{\"key\":\"";
    private const string TopicStart = ",\"topic\":\"";
    private const string JsonStart = ",\"event\":";
    private const string Base64Start = ",\"base64\":\"";
    private const string ConflictEnd = ",\"conflict\":true}";

    /// <summary>The events of the files, file after file.</summary>
    /// <param name="directory">The directory of the manifest.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="FormatException">A file is not as an export writes it.</exception>
    public static async IAsyncEnumerable<EventEntry> ReadAsync(
        string directory, ExportManifest manifest, [EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(directory, file.Name);
            if (manifest.Format == ExportFormat.Parquet)
            {
                await foreach (var entry in ReadParquetAsync(path, cancellation))
                {
                    yield return entry;
                }
            }
            else if (manifest.Format == ExportFormat.Stored)
            {
                foreach (var one in StoredRecords.Read(path))
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return EventEntry.Of(one.Key, one.Payload, one.Topic);
                }
            }
            else
            {
                foreach (var line in File.ReadLines(path))
                {
                    cancellation.ThrowIfCancellationRequested();
                    yield return Parse(line);
                }
            }
        }
    }

    /// <summary>Reads a line of NDJSON, in the one form in which it is written.</summary>
    private static EventEntry Parse(string line)
    {
        var rest = line.AsSpan();
        if (!Take(ref rest, KeyStart) || rest.Length < EventKey.TextLength || !EventKey.TryParse(rest[..EventKey.TextLength], out var key))
        {
            throw NotAnEvent(line);
        }

        rest = rest[EventKey.TextLength..];
        var topic = default(Topic?);
        if (Take(ref rest, "\"") && Take(ref rest, TopicStart))
        {
            var end = rest.IndexOf('"');
            topic = end > 0 && Topic.TryParse(rest[..end].ToString(), out var one) ? one : throw NotAnEvent(line);
            rest = rest[(end + 1)..];
        }

        var isJson = Take(ref rest, JsonStart);
        if ((!isJson && !Take(ref rest, Base64Start)) || !rest.EndsWith("}"))
        {
            throw NotAnEvent(line);
        }

        rest = rest.EndsWith(ConflictEnd) ? rest[..^ConflictEnd.Length] : rest[..^1];
        return EventEntry.Of(key, isJson ? Encoding.UTF8.GetBytes(rest.ToString()) : Convert.FromBase64String(rest[..^1].ToString()), topic);
    }

    private static async IAsyncEnumerable<EventEntry> ReadParquetAsync(string path, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var reader = await ParquetReader.CreateAsync(path, cancellationToken: cancellation);
        var fields = reader.Schema.DataFields.ToDictionary(static f => f.Name);
        for (var i = 0; i < reader.RowGroupCount; i++)
        {
            using var group = reader.OpenRowGroupReader(i);
            var rows = (int)group.RowCount;
            var (keys, texts, topics, bytes) = (new string[rows], new string[rows], new string[rows], new byte[rows][]);
            await group.ReadAsync(fields["key"], keys.AsMemory()!, null, cancellation);
            await group.ReadAsync(fields["payload"], texts.AsMemory()!, null, cancellation);
            await group.ReadAsync(fields["payload_bytes"], bytes.AsMemory()!, null, cancellation);
            if (fields.TryGetValue("topic", out var field))
            {
                await group.ReadAsync(field, topics.AsMemory()!, null, cancellation);
            }

            for (var row = 0; row < rows; row++)
            {
                var payload = texts[row] is { } text ? Encoding.UTF8.GetBytes(text) : bytes[row] ?? throw NotAnEvent(keys[row]);
                yield return EventEntry.Of(EventKey.Parse(keys[row]), payload, topics[row] is { } topic ? Topic.Parse(topic) : null);
            }
        }
    }

    private static bool Take(ref ReadOnlySpan<char> rest, string start)
    {
        var starts = rest.StartsWith(start);
        rest = starts ? rest[start.Length..] : rest;
        return starts;
    }

    private static FormatException NotAnEvent(string line) =>
        new($"{ReadableText.Escape(line[..Math.Min(line.Length, 80)])} is not an event with its payload, as an export writes it.");
}
