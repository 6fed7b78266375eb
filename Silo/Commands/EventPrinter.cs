using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AllData.Events;
using AllData.Storage;

namespace AllData.Commands;

/// <summary>Prints events as NDJSON: <c>{"key": …, "event": …}</c>; a payload that is no JSON as <c>{"key": …, "base64": …}</c>.</summary>
internal sealed class EventPrinter(TextWriter output, TextWriter error)
{
    private readonly ArrayBufferWriter<byte> _line = new();

    /// <summary>Prints the events of a block; of a damaged one, a sentence on the other stream.</summary>
    public async Task PrintAsync(InspectedBlock block)
    {
        if (block.Block is not { } intact || block.Fault is not null)
        {
            await error.WriteLineAsync($"Block {block.Id} with {block.Events} events is left out: {block.Fault}");
            return;
        }

        foreach (var line in Lines(intact))
        {
            await output.WriteLineAsync(line);
        }
    }

    private List<string> Lines(Protocol.Block block)
    {
        var lines = new List<string>(block.Header.EventCount);
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            lines.Add(LineOf(reader.Current));
        }

        return lines;
    }

    private string LineOf(PackedEvent e)
    {
        _line.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_line))
        {
            writer.WriteStartObject();
            writer.WriteString("key", e.Key.ToString());
            if (Parse(e.Payload) is { } document)
            {
                // Written anew: a line break between its parts would make two lines of it.
                using (document)
                {
                    writer.WritePropertyName("event");
                    document.RootElement.WriteTo(writer);
                }
            }
            else
            {
                writer.WriteBase64String("base64", e.Payload);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(_line.WrittenSpan);
    }

    private static JsonDocument? Parse(ReadOnlySpan<byte> payload)
    {
        try
        {
            return Utf8.IsValid(payload) ? JsonDocument.Parse(payload.ToArray()) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
