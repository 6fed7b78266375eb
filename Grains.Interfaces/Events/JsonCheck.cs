using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace AllData.Events;

/// <summary>
/// Whether bytes are one JSON value (RFC 8259) in UTF-8, read once and without building anything: what HTTP, streams and the command line take as an
/// event.
/// </summary>
public static class JsonCheck
{
    /// <summary>Deepest nesting of arrays and objects that is accepted.</summary>
    public const int MaxDepth = 64;

    // One level more than is accepted, so that "too deep" is told from "not JSON".
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = MaxDepth + 1 };

    /// <summary>The mark at the beginning of some files, which is no part of an event.</summary>
    internal static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Null when the bytes are one JSON value; otherwise a sentence for people, with the place counted from one.</summary>
    public static string? FindFault(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "It is empty. Send one JSON value, for example {\"foo\":\"bar\"}.";
        }

        if (bytes.StartsWith(ByteOrderMark))
        {
            return "It begins with a byte order mark, which JSON does not allow (RFC 8259, section 8.1). Send it without one.";
        }

        // The JSON reader does not look at the bytes inside strings, so this has to be asked of all of them.
        return Utf8.IsValid(bytes) ? FindFaultOfText(bytes) : $"It is not valid UTF-8{PlaceOf(bytes, FirstInvalid(bytes))}.";
    }

    private static string? FindFaultOfText(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, Strict);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth >= MaxDepth)
                {
                    return $"It is nested more than {MaxDepth} deep{PlaceOf(bytes, (int)reader.TokenStartIndex)}. Flatten it.";
                }
            }

            return null;
        }
        catch (JsonException e)
        {
            return $"It is not JSON{Place(e.LineNumber ?? 0, e.BytePositionInLine ?? 0)}: {Reason(e)}";
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(bytes[index..], out _, out var length) == OperationStatus.Done)
        {
            index += length;
        }

        return index;
    }

    private static string PlaceOf(ReadOnlySpan<byte> bytes, int index)
    {
        var before = bytes[..index];
        return Place(before.Count((byte)'\n'), index - before.LastIndexOf((byte)'\n') - 1);
    }

    private static string Place(long line, long position) => line > 0 ? $" (line {line + 1}, byte {position + 1})" : $" (byte {position + 1})";

    /// <summary>The reader's own words without the place, which it counts from zero.</summary>
    private static string Reason(JsonException e) => e.Message.Split(" LineNumber:")[0];
}
