namespace AllData.Silo.Http;

/// <summary>
/// How streams of events (<c>POST /events</c>) are accepted. Configuration section <c>AllData:Http:Ingest</c>. The slowest rate of a body (<see
/// cref="EventHttpOptions.MinBodyBytesPerSecond"/>) does not apply to them: a live stream may be slow.
/// </summary>
internal sealed class IngestOptions
{
    private const string Section = EventHttpOptions.Section + ":Ingest";

    /// <summary>Most lines that are put together, 1 or more; never more than <c>AllData:Limits:MaxPutManyEvents</c>. Default: 1,000.</summary>
    public int BatchEvents { get; set; } = 1_000;

    /// <summary>
    /// Most bytes that are put together, unless a single event has more; never more than <c>AllData:Limits:MaxPutManyBytes</c>.
    /// Default: 524,288 (512 KiB).
    /// </summary>
    public int BatchBytes { get; set; } = 524_288;

    /// <summary>
    /// Batches of a request that may be in flight at once, 1 to 64; when the limit is reached, its connection is not read. Default: 2. With one,
    /// reading and storing would wait for each other.
    /// </summary>
    public int Window { get; set; } = 2;

    /// <summary>
    /// How long a stream may pause between two lines before it is ended with 408; lines received are stored. A line that has begun must be whole
    /// within <see cref="EventHttpOptions.BodyTimeout"/>. Default: 5 min.
    /// </summary>
    public TimeSpan Pause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a batch that the store refuses as overloaded is retried before its lines fail. Default: 10 s.</summary>
    public TimeSpan OverloadPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the receipts of one batch may wait for a client that does not read them; then its connection is ended, because its batches occupy
    /// others' room. Default: 30 s.
    /// </summary>
    public TimeSpan AnswerTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Most bytes of a compressed stream when decompressed; beyond it the rest is answered 413. A stream that is not compressed may have any
    /// length. Default: 1,073,741,824 (1 GiB).
    /// </summary>
    public long MaxBodyBytes { get; set; } = 1L << 30;

    /// <summary>
    /// Most lines of a compressed stream, blank ones too; beyond it the rest is answered 413. Default: 10,000,000, about as many small events as
    /// <see cref="MaxBodyBytes"/> allows.
    /// </summary>
    public long MaxEvents { get; set; } = 10_000_000;

    /// <summary>
    /// How many times its size a compressed stream may expand to, each line counted with 32 bytes more, once it has expanded to more than 1 MiB;
    /// beyond that the rest is answered 413. Logs and measurements compress 5 to 50 times. Default: 100.
    /// </summary>
    public int MaxRatio { get; set; } = 100;

    /// <summary>What is wrong with the values, a sentence each.</summary>
    internal IEnumerable<string> Complaints()
    {
        foreach (var (option, value, most) in new (string, long, long)[]
        {
            (nameof(BatchEvents), BatchEvents, int.MaxValue), (nameof(BatchBytes), BatchBytes, int.MaxValue), (nameof(Window), Window, 64),
            (nameof(MaxBodyBytes), MaxBodyBytes, long.MaxValue), (nameof(MaxEvents), MaxEvents, long.MaxValue),
            (nameof(MaxRatio), MaxRatio, int.MaxValue),
        })
        {
            if (value < 1 || value > most)
            {
                yield return $"{Section}:{option} is {value}; it must be 1 to {most}.";
            }
        }

        foreach (var (option, value) in new[]
        {
            (nameof(Pause), Pause), (nameof(OverloadPatience), OverloadPatience), (nameof(AnswerTimeout), AnswerTimeout),
        })
        {
            if (value <= TimeSpan.Zero || value > TimeSpan.FromDays(1))
            {
                yield return $"{Section}:{option} is {value}; it must be more than 0 and at most one day, for example 00:00:30.";
            }
        }
    }
}
