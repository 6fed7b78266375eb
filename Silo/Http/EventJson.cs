using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using AllData.Errors;

namespace AllData.Silo.Http;

/// <summary>Whether bytes are one JSON value (RFC 8259), UTF-8, read once and without building anything.</summary>
internal static class EventJson
{
    /// <summary>Deepest nesting of arrays and objects that is taken.</summary>
    public const int MaxDepth = 64;

    // One level more than is accepted, so that "too deep" can be distinguished from "not JSON".
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth + 1 };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Whether the bytes are an event that HTTP accepts.</summary>
    public static bool IsValid(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Validate(bytes);
            return true;
        }
        catch (InvalidEventException)
        {
            return false;
        }
    }

    /// <summary>Checks the bytes.</summary>
    /// <exception cref="InvalidEventException">
    /// They are empty, begin with a byte order mark, are not UTF-8, not JSON or too deep.
    /// </exception>
    public static void Validate(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            throw new InvalidEventException("The body is empty. Send one JSON value, for example {\"foo\":\"bar\"}.");
        }

        if (bytes.StartsWith(ByteOrderMark))
        {
            throw new InvalidEventException(
                "The body begins with a byte order mark, which JSON does not allow (RFC 8259, section 8.1). Send it without one.");
        }

        // The JSON reader does not look at the bytes inside strings, so all of them are checked here.
        if (!Utf8.IsValid(bytes))
        {
            throw new InvalidEventException($"The body is not UTF-8: the first wrong byte is at {Position(bytes, FirstInvalid(bytes))}.");
        }

        Walk(bytes);
    }

    private static void Walk(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(bytes, ReaderOptions);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject && reader.CurrentDepth >= MaxDepth)
                {
                    throw new InvalidEventException(
                        $"The body is nested more than {MaxDepth} deep at {Position(bytes, (int)reader.TokenStartIndex)}. Flatten it.");
                }
            }
        }
        catch (JsonException e)
        {
            throw new InvalidEventException(
                $"The body is not one JSON value (RFC 8259): line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}. "
                + "Comments, trailing commas and anything after the value are not JSON either.");
        }
    }

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(bytes[index..], out _, out var length) == System.Buffers.OperationStatus.Done)
        {
            index += length;
        }

        return index;
    }

    private static string Position(ReadOnlySpan<byte> bytes, int index)
    {
        var before = bytes[..index];
        return $"line {before.Count((byte)'\n') + 1}, byte {index - before.LastIndexOf((byte)'\n')}";
    }
}
