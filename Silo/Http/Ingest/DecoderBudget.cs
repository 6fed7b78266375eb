namespace AllData.Silo.Http.Ingest;

/// <summary>
/// The memory of decoders, counted with the bytes that wait. The first byte of a brotli stream says how large a window its decoder keeps (RFC 7932,
/// section 9.1): up to 16 MiB for a stream of a few bytes.
/// </summary>
internal sealed class DecoderBudget(WaitingBytes waiting, PartialBodies partials, IngestOptions options, TimeProvider time) : IDisposable
{
    // DEFLATE's window of 32 KiB, its tables and the buffers around it; brotli's tables are larger.
    private const long GzipBytes = 64 << 10;
    private const long BrotliTables = 256 << 10;

    /// <summary>Bytes taken now.</summary>
    public long Bytes { get; private set; }

    /// <summary>How much memory a decoder will occupy.</summary>
    /// <param name="isBrotli">Whether it is brotli's; otherwise gzip's.</param>
    /// <param name="first">The first byte of the stream.</param>
    public static long Needed(bool isBrotli, byte first) => isBrotli ? BrotliTables + (1L << WindowBits(first)) : GzipBytes;

    /// <summary>Takes room, as soon as there is some.</summary>
    /// <exception cref="IngestStopException">There is none for too long.</exception>
    public async ValueTask TakeAsync(long bytes)
    {
        for (var waited = TimeSpan.Zero; !waiting.TryTake(bytes); waited += WaitingBytes.RoomCheck)
        {
            partials.MakeRoom(bytes);
            if (waited >= options.OverloadPatience)
            {
                throw new IngestStopException(
                    Problems.Overloaded, $"There is no room for the decoder's {bytes} bytes here. Nothing of this body was taken; send it later, or "
                        + "uncompressed.");
            }

            await Task.Delay(WaitingBytes.RoomCheck, time);
        }

        Bytes += bytes;
    }

    public void Dispose()
    {
        waiting.Return(Bytes);
        Bytes = 0;
    }

    private static int WindowBits(byte first)
    {
        var (low, high) = ((first >> 1) & 7, (first >> 4) & 7);
        return (first & 1, low, high) switch
        {
            (0, _, _) => 16,
            (_, not 0, _) => 17 + low,
            (_, _, 0) => 17,

            // The mark of large windows, which no decoder here accepts.
            (_, _, 1) => 24,
            _ => 8 + high,
        };
    }
}
