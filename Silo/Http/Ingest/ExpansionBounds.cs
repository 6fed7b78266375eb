namespace AllData.Silo.Http.Ingest;

/// <summary>
/// Bounds what a compressed stream expands to. An uncompressed stream has no such bound, because its sender pays for each byte. A compressed one
/// could make a million events of two kilobytes.
/// </summary>
internal sealed class ExpansionBounds(IngestOptions options)
{
    // The ratio of so few bytes says nothing: the first events of a stream compress best.
    private const long Free = 1 << 20;

    // What a line costs in addition to its bytes: without it two million lines of one byte would count as two megabytes.
    private const long LineCost = 32;

    private long _bytes;

    /// <summary>Counts decompressed bytes.</summary>
    /// <param name="decompressed">Bytes that have come now.</param>
    /// <param name="compressed">Compressed bytes so far.</param>
    /// <param name="lines">Lines so far, blank ones too.</param>
    /// <exception cref="IngestStopException">A bound is exceeded.</exception>
    public void Take(long decompressed, long compressed, long lines)
    {
        _bytes += decompressed;
        if (_bytes > options.MaxBodyBytes)
        {
            throw TooMuch($"has more than {options.MaxBodyBytes} bytes when decompressed (AllData:Http:Ingest:MaxBodyBytes)");
        }

        if (lines > options.MaxEvents)
        {
            throw TooMuch($"has more than {options.MaxEvents} lines (AllData:Http:Ingest:MaxEvents)");
        }

        var cost = _bytes + (lines * LineCost);
        if (cost > Free && cost - Free > compressed * (double)options.MaxRatio)
        {
            throw TooMuch($"expands to more than {options.MaxRatio} times its compressed size (AllData:Http:Ingest:MaxRatio)");
        }
    }

    private static IngestStopException TooMuch(string what) => new(
        Problems.StreamTooLarge, $"This compressed stream {what}. Send the rest in a further request, or uncompressed: that is not bounded.");
}
