using System.Globalization;
using System.Text;

namespace AllData.Tests.Support;

/// <summary>An HTTP answer.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Head">Status line and headers.</param>
/// <param name="Body">Its body, without the framing.</param>
/// <param name="IsCut">Whether the connection ended before it did.</param>
internal sealed record FuzzAnswer(int Status, string Head, byte[] Body, bool IsCut)
{
    /// <summary>Whether the server closes the connection after it.</summary>
    public bool IsLast => IsCut || Head.Contains("\nConnection: close", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Reads answers one after the other, strictly: what is not framed as HTTP/1.1 wants it is an error of the server.</summary>
/// <param name="stream">The connection.</param>
internal sealed class FuzzAnswerReader(Stream stream)
{
    private const int MostHeadBytes = 65_536;

    // One that begins as HTTP/2 does is told in a frame of it (GOAWAY, RFC 9113 section 6.8) that this is not spoken.
    private static readonly byte[] GoAway = [0, 0, 8, 7];

    private byte[] _buffer = new byte[16_384];
    private int _from;
    private int _to;

    /// <summary>The next answer; null where the connection has ended.</summary>
    /// <param name="isHead">Whether it has no body, whatever it says.</param>
    /// <param name="stop">Ends the wait.</param>
    /// <exception cref="FormatException">It is not an answer.</exception>
    public async Task<FuzzAnswer?> ReadAsync(bool isHead, CancellationToken stop)
    {
        while (true)
        {
            var head = await ReadHeadAsync(stop);
            if (head is null)
            {
                return null;
            }

            var status = StatusOf(head);
            if (status >= 200)
            {
                return isHead || status is 204 or 304 ? new FuzzAnswer(status, head, [], IsCut: false) : await ReadBodyAsync(status, head, stop);
            }
        }
    }

    private static int StatusOf(string head) =>
        head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
        && int.TryParse(head.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
            ? status
            : throw new FormatException($"No answer of HTTP/1.1: {head}");

    private async Task<string?> ReadHeadAsync(CancellationToken stop)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_from, _to - _from).IndexOf("\r\n\r\n"u8);
            if (length >= 0)
            {
                var head = Encoding.Latin1.GetString(_buffer, _from, length);
                _from += length + 4;
                return head;
            }

            if (_to - _from > MostHeadBytes)
            {
                throw new FormatException("The head of an answer has no end.");
            }

            if (!await FillAsync(stop))
            {
                return _to == _from || _buffer.AsSpan(_from, _to - _from).StartsWith(GoAway)
                    ? null
                    : throw new FormatException($"The connection ended in a head: {Encoding.Latin1.GetString(_buffer, _from, _to - _from)}");
            }
        }
    }

    private async Task<FuzzAnswer> ReadBodyAsync(int status, string head, CancellationToken stop)
    {
        var body = new MemoryStream();
        var isCut = Header(head, "Transfer-Encoding") == "chunked" ? !await ReadChunksAsync(body, stop)
            : Header(head, "Content-Length") is { } text
                ? !await TakeAsync(body, long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture), stop)
            : throw new FormatException($"An answer without a length: {head}");
        return new FuzzAnswer(status, head, body.ToArray(), isCut);
    }

    private async Task<bool> ReadChunksAsync(MemoryStream body, CancellationToken stop)
    {
        while (true)
        {
            if (await ReadLineAsync(stop) is not { } size)
            {
                return false;
            }

            var length = int.Parse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (!await TakeAsync(body, length, stop) || await ReadLineAsync(stop) is not { } rest)
            {
                return false;
            }

            if (rest.Length > 0)
            {
                throw new FormatException($"After a chunk there is '{rest}'.");
            }

            if (length == 0)
            {
                return true;
            }
        }
    }

    private async Task<string?> ReadLineAsync(CancellationToken stop)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_from, _to - _from).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _from, length);
                _from += length + 2;
                return line;
            }

            if (!await FillAsync(stop))
            {
                return null;
            }
        }
    }

    private async Task<bool> TakeAsync(MemoryStream body, long count, CancellationToken stop)
    {
        while (count > 0)
        {
            if (_from == _to && !await FillAsync(stop))
            {
                return false;
            }

            var taken = (int)Math.Min(count, _to - _from);
            body.Write(_buffer, _from, taken);
            _from += taken;
            count -= taken;
        }

        return true;
    }

    private async Task<bool> FillAsync(CancellationToken stop)
    {
        if (_from == _to)
        {
            _from = _to = 0;
        }
        else if (_to == _buffer.Length)
        {
            _buffer.AsSpan(_from, _to - _from).CopyTo(_buffer);
            (_from, _to) = (0, _to - _from);
            Array.Resize(ref _buffer, _to > _buffer.Length / 2 ? 2 * _buffer.Length : _buffer.Length);
        }

        var count = await stream.ReadAsync(_buffer.AsMemory(_to), stop);
        _to += count;
        return count > 0;
    }

    private static string? Header(string head, string name)
    {
        foreach (var line in head.Split("\r\n").Skip(1))
        {
            if (line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return null;
    }
}
