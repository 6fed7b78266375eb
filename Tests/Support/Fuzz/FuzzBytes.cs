using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace AllData.Tests.Support;

/// <summary>Requests and values out of a seeded choice.</summary>
/// <param name="random">Decides.</param>
/// <param name="head">Headers that each request has: the host, and what identifies the caller.</param>
internal sealed class FuzzBytes(Random random, string head)
{
    // No JSON has these outside strings, and some not even there.
    private static readonly byte[][] Troublemakers =
    [
        [0], [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xEF, 0xBB, 0xBF], [0xC3], [0x7F], [0x1B], [0x0B], [0xC2, 0x9B],
        "NaN"u8.ToArray(), "1e999999"u8.ToArray(), "-0"u8.ToArray(), "01"u8.ToArray(), "\\ud800"u8.ToArray(), "\"\\ud800\""u8.ToArray(), "/*x*/"u8.ToArray(),
        ","u8.ToArray(), "}"u8.ToArray(), "]"u8.ToArray(), "\""u8.ToArray(), "\r\n"u8.ToArray(), "'a'"u8.ToArray(), "undefined"u8.ToArray(),
    ];

    private static readonly string[] Texts = ["", "a", "é", "\\u0000", "\\ud83d\\ude00", "日本", "\\n\\t\\\"", "𝄞", " x ", "\\/", "key\\u0020"];

    /// <summary>Decides.</summary>
    public Random Random => random;

    /// <summary>Headers that each request has.</summary>
    public string Head => head;

    /// <summary>One of several.</summary>
    public T Pick<T>(params T[] choices) => choices[random.Next(choices.Length)];

    /// <summary>True once in so many times.</summary>
    public bool Once(int times) => random.Next(times) == 0;

    /// <summary>Random bytes.</summary>
    public byte[] Noise(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <summary>A JSON value.</summary>
    /// <param name="isLine">Whether it has no line break.</param>
    public byte[] Json(bool isLine = false)
    {
        var text = new StringBuilder();
        AddJson(text, depth: 0, isLine);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>What was a JSON value.</summary>
    public byte[] BrokenJson()
    {
        if (Once(12))
        {
            var depth = Pick(63, 64, 65, 1_000, 20_000);
            return Encoding.ASCII.GetBytes(new string('[', depth) + (Once(3) ? "" : new string(']', depth)));
        }

        return Mutated(Json(), random.Next(1, 4));
    }

    /// <summary>Changes some bytes, takes some out, or puts something in.</summary>
    public byte[] Mutated(byte[] bytes, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var at = random.Next(bytes.Length + 1);
            bytes = random.Next(5) switch
            {
                0 when at < bytes.Length => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
                1 => bytes[..at],
                2 when at < bytes.Length => [.. bytes[..at], .. bytes[(at + 1)..]],
                3 => [.. bytes[..at], .. bytes[(bytes.Length / 2)..]],
                _ => [.. bytes[..at], .. Pick(Troublemakers), .. bytes[at..]],
            };
        }

        return bytes;
    }

    /// <summary>A request with a length.</summary>
    public byte[] Request(string method, string target, byte[]? body = null, string headers = "") =>
    [
        .. Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\n{head}{headers}{(body is null ? "" : $"Content-Length: {body.Length}\r\n")}\r\n"),
        .. body ?? [],
    ];

    /// <summary>A request in chunks of random sizes.</summary>
    public byte[] ChunkedRequest(string method, string target, byte[] body, string headers = "")
    {
        var bytes = new MemoryStream();
        bytes.Write(Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\n{head}{headers}Transfer-Encoding: chunked\r\n\r\n"));
        for (var at = 0; at < body.Length;)
        {
            var size = Math.Min(random.Next(1, Math.Max(2, body.Length)), body.Length - at);
            bytes.Write(Encoding.ASCII.GetBytes(size.ToString(Pick("x", "X", "x6"), CultureInfo.InvariantCulture) + Pick("", "", ";a=b", ";a=\"b\"") + "\r\n"));
            bytes.Write(body, at, size);
            bytes.Write("\r\n"u8);
            at += size;
        }

        bytes.Write(Once(5) ? "0\r\nX-Trailer: 1\r\n\r\n"u8 : "0\r\n\r\n"u8);
        return bytes.ToArray();
    }

    /// <summary>A body in a coding.</summary>
    public static byte[] Compressed(byte[] body, bool isBrotli)
    {
        var bytes = new MemoryStream();
        using (Stream coder = isBrotli
            ? new BrotliStream(bytes, CompressionLevel.Fastest, leaveOpen: true) : new GZipStream(bytes, CompressionLevel.Fastest, leaveOpen: true))
        {
            coder.Write(body);
        }

        return bytes.ToArray();
    }

    /// <summary>Lines with line ends.</summary>
    public byte[] Joined(IReadOnlyList<byte[]> lines)
    {
        var bytes = new MemoryStream();
        for (var i = 0; i < lines.Count; i++)
        {
            bytes.Write(lines[i]);
            if (i < lines.Count - 1 || Once(2))
            {
                bytes.Write(Once(4) ? "\r\n"u8 : "\n"u8);
            }
        }

        return bytes.ToArray();
    }

    private void AddJson(StringBuilder text, int depth, bool isLine)
    {
        switch (random.Next(depth > 4 ? 4 : 6))
        {
            case 0:
                text.Append(Pick("0", "-1.5e3", "12345678901234567890", "true", "false", "null", "1E+2", "0.1"));
                break;
            case 1:
                text.Append(CultureInfo.InvariantCulture, $"{random.Next()}");
                break;
            case 2 or 3:
                text.Append('"').Append(Pick(Texts)).Append(new string('x', random.Next(20) == 0 ? random.Next(5_000) : random.Next(20))).Append('"');
                break;
            case 4:
                Add(text, '[', ']', () => AddJson(text, depth + 1, isLine), isLine);
                break;
            default:
                Add(text, '{', '}', () =>
                {
                    text.Append(CultureInfo.InvariantCulture, $"\"{Pick("n", "é", "a b", "")}{random.Next(100)}\":");
                    AddJson(text, depth + 1, isLine);
                }, isLine);
                break;
        }
    }

    private void Add(StringBuilder text, char begin, char end, Action addOne, bool isLine)
    {
        text.Append(begin);
        for (var left = random.Next(4); left > 0; left--)
        {
            addOne();
            text.Append(left > 1 ? "," : "").Append(Pick("", "", " ", isLine ? "\t" : "\n"));
        }

        text.Append(end);
    }
}
