using System.IO.Compression;
using System.IO.Pipelines;
using AllData.Client.Connection;

namespace AllData.Client.Put;

/// <summary>
/// The lines of a file or a pipe, decompressed where it is gzip. What is recognised as something else than text is refused once, before anything is
/// put, instead of line by line.
/// </summary>
internal static class LineSource
{
    // The longest mark that is looked for.
    private const int MarkBytes = 6;

    /// <summary>Looks at the first bytes and opens the text behind them.</summary>
    /// <param name="input">The file or pipe.</param>
    /// <param name="name">Its name, for a command that is proposed.</param>
    /// <param name="cancellation">Ends the waiting for the first bytes.</param>
    /// <returns>The text, and whether it is as long as the input.</returns>
    /// <exception cref="UsageException">It is neither text nor gzip.</exception>
    public static async Task<(Stream Text, bool IsPlain)> OpenAsync(Stream input, string name, CancellationToken cancellation)
    {
        var pipe = PipeReader.Create(input, new StreamPipeReaderOptions(leaveOpen: true));

        // Waited for from outside as well: a read from a terminal does not always heed its token.
        var read = await pipe.ReadAtLeastAsync(MarkBytes, cancellation).AsTask().WaitAsync(cancellation);
        var mark = new byte[Math.Min(MarkBytes, read.Buffer.Length)];
        System.Buffers.BuffersExtensions.CopyTo(read.Buffer.Slice(0, mark.Length), mark);
        pipe.AdvanceTo(read.Buffer.Start);
        Refuse(mark, name);
        return mark.AsSpan().StartsWith<byte>([0x1F, 0x8B])
            ? (new GZipStream(pipe.AsStream(), CompressionMode.Decompress), false)
            : (pipe.AsStream(), true);
    }

    private static void Refuse(ReadOnlySpan<byte> mark, string name)
    {
        var (kind, command) = KindOf(mark);
        if (kind is not null)
        {
            throw new UsageException(
                $"The input is {kind}; lines of JSON in UTF-8, plain or gzip, can be put. Nothing was written. Try: {command} {name} | alldata put --file -");
        }
    }

    private static (string? Kind, string Command) KindOf(ReadOnlySpan<byte> mark) =>
        mark.StartsWith<byte>([0x28, 0xB5, 0x2F, 0xFD]) ? ("compressed with zstd", "zstd -dc")
        : mark.StartsWith<byte>([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z']) ? ("compressed with xz", "xz -dc")
        : mark.StartsWith("BZh"u8) ? ("compressed with bzip2", "bzip2 -dc")
        : mark.StartsWith<byte>([(byte)'P', (byte)'K', 3, 4]) ? ("a ZIP archive", "unzip -p")
        : mark.StartsWith<byte>([0xFF, 0xFE]) ? ("UTF-16 text", "iconv -f UTF-16 -t UTF-8")
        : mark.StartsWith<byte>([0xFE, 0xFF]) ? ("UTF-16 text", "iconv -f UTF-16 -t UTF-8")
        : (null, "");
}
