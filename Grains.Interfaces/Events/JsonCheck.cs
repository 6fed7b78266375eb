using System.Text.Json;
using System.Text.Unicode;

namespace AllData.Events;

/// <summary>Checks, before anything is sent, whether bytes are one JSON value, as the store's HTTP interface requires.</summary>
public static class JsonCheck
{
    /// <summary>Deepest nesting that is accepted.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth };

    /// <summary>Null when it is one JSON value in UTF-8; otherwise a sentence for people.</summary>
    public static string? FindFault(ReadOnlySpan<byte> bytes)
    {
        // First, because the JSON reader does not look into strings: it would accept invalid bytes.
        if (!Utf8.IsValid(bytes))
        {
            return "It is not valid UTF-8.";
        }

        try
        {
            var reader = new Utf8JsonReader(bytes, Strict);
            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException e)
        {
            return $"It is not JSON{Place(e)}: {Reason(e)}";
        }
    }

    private static string Place(JsonException e) =>
        e.LineNumber > 0 ? $" (line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1})" : $" (byte {e.BytePositionInLine + 1})";

    /// <summary>The reader's own words without the place, which it counts from zero.</summary>
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0];
}
