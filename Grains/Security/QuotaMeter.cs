namespace AllData.Security;

/// <summary>
/// Counts what a principal puts through this silo against its quota. Each number is a bucket that fills at its rate (token bucket) and may be overdrawn by what
/// is admitted at once: a put is admitted while there is something in each, and counted when its size is known. So a rate holds over time, whatever the sizes.
/// Safe for several threads.
/// </summary>
internal sealed class QuotaMeter
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly Bucket[] _buckets;
    private long _filled;

    /// <summary>A meter with full buckets: of a second, and of a day.</summary>
    public QuotaMeter(PrincipalQuota quota, TimeProvider time)
    {
        (Quota, _time, _filled) = (quota, time, time.GetTimestamp());
        _buckets =
        [
            .. BucketOf(quota.EventsPerSecond, 1, isBytes: false), .. BucketOf(quota.BytesPerSecond, 1, isBytes: true),
            .. BucketOf(quota.BytesPerDay, TimeSpan.SecondsPerDay, isBytes: true),
        ];
    }

    /// <summary>What it counts against.</summary>
    public PrincipalQuota Quota { get; }

    /// <summary>How long until the next put is admitted; zero: now.</summary>
    public TimeSpan Wait()
    {
        lock (_lock)
        {
            Fill();
            return TimeSpan.FromSeconds(_buckets.Length == 0 ? 0 : _buckets.Max(static bucket => bucket.SecondsUntilSome));
        }
    }

    /// <summary>Counts what was admitted.</summary>
    public void Count(int events, long bytes)
    {
        lock (_lock)
        {
            Fill();
            foreach (ref var bucket in _buckets.AsSpan())
            {
                bucket.Left -= bucket.IsBytes ? bytes : events;
            }
        }
    }

    private static Bucket[] BucketOf(long? number, long seconds, bool isBytes) =>
        number is { } n ? [new Bucket(n, (double)n / seconds, isBytes) { Left = n }] : [];

    private void Fill()
    {
        var now = _time.GetTimestamp();
        var seconds = _time.GetElapsedTime(_filled, now).TotalSeconds;
        _filled = now;
        foreach (ref var bucket in _buckets.AsSpan())
        {
            bucket.Left = Math.Min(bucket.Size, bucket.Left + (seconds * bucket.PerSecond));
        }
    }

    private struct Bucket(double size, double perSecond, bool isBytes)
    {
        public double Size { get; } = size;

        public double PerSecond { get; } = perSecond;

        public bool IsBytes { get; } = isBytes;

        public double Left { get; set; }

        // One whole unit: with less, a fraction that is left by rounding would admit a put.
        public readonly double SecondsUntilSome => Left >= 1 ? 0 : (1 - Left) / PerSecond;
    }
}
