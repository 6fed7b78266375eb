using System.Buffers.Text;
using System.Text;

namespace AllData.Client.Bench;

/// <summary>Reads an HTTP/1.1 answer from the bytes that have arrived so far: only the part of the format that this store's server uses.</summary>
internal readonly ref struct HttpAnswer
{
    private const int StatusAt = 9;
    private const int StatusDigits = 3;

    private HttpAnswer(int status, ReadOnlySpan<byte> head)
    {
        Status = status;
        Head = head;
    }

    public int Status { get; }

    /// <summary>Status line and headers.</summary>
    public ReadOnlySpan<byte> Head { get; }

    /// <summary>Reads an answer; false when it has not arrived whole.</summary>
    /// <exception cref="FormatException">It is not an answer of HTTP/1.1.</exception>
    public static bool TryRead(ReadOnlySpan<byte> arrived, out HttpAnswer answer)
    {
        answer = default;
        var headLength = arrived.IndexOf("\r\n\r\n"u8) + 4;
        if (headLength < 4)
        {
            return false;
        }

        var head = arrived[..headLength];
        var rest = arrived[headLength..];
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head.Slice(StatusAt, StatusDigits), out int status, out _))
        {
            throw new FormatException($"No answer of HTTP/1.1: {Encoding.ASCII.GetString(head)}");
        }

        if (!IsWhole(head, rest))
        {
            return false;
        }

        answer = new HttpAnswer(status, head);
        return true;
    }

    /// <summary>What follows a name up to a character; empty when the name is not there.</summary>
    public static ReadOnlySpan<byte> After(ReadOnlySpan<byte> text, ReadOnlySpan<byte> name, byte end)
    {
        var at = text.IndexOf(name);
        var rest = at < 0 ? [] : text[(at + name.Length)..];
        var length = rest.IndexOf(end);
        return length < 0 ? [] : rest[..length];
    }

    private static bool IsWhole(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        if (Utf8Parser.TryParse(After(head, "\r\nContent-Length: "u8, (byte)'\r'), out int length, out _))
        {
            return rest.Length >= length;
        }

        const int EndOfChunks = 5;
        if (head.IndexOf("\r\nTransfer-Encoding: chunked\r\n"u8) < 0)
        {
            return true;
        }

        // Nothing comes behind an answer before the next request, so the end of the chunks is the end of what has arrived.
        return rest.Length >= EndOfChunks && rest.EndsWith("0\r\n\r\n"u8);
    }
}
