using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>What one reader's thread reads with: connections to the interval files that it used last.</summary>
internal sealed class ReadSession(
    IntervalFiles files, SqliteCommitTarget written, TimeSpan intervalLength, StorageOptions options, ReplicaStoreDiagnostics diagnostics)
    : IDisposable
{
    private readonly RecentlyUsed<Interval, IntervalReader> _readers = new(options.MaxOpenIntervals, interval =>
    {
        var path = files.PathOf(interval);
        return new IntervalReader(IntervalFile.OpenForReading(path, options), path, diagnostics);
    });

    /// <summary>The distinct payloads under a key.</summary>
    public ImmutableArray<EventPayload> Read(EventKey key) => ReaderOf(key) is { } reader ? [.. reader.Read(key)] : [];

    /// <summary>The distinct digests under each key.</summary>
    public ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys, CancellationToken cancellationToken)
    {
        var held = ImmutableArray.CreateBuilder<HeldKey>(keys.Length);
        foreach (var key in keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            held.Add(new HeldKey(key, ReaderOf(key) is { } reader ? [.. reader.LookUp(key)] : []));
        }

        foreach (var reader in _readers.Open)
        {
            reader.Forget();
        }

        return held.MoveToImmutable();
    }

    /// <summary>What is held of each interval.</summary>
    public ImmutableArray<StoredInterval> DescribeIntervals(CancellationToken cancellationToken)
    {
        var described = ImmutableArray.CreateBuilder<StoredInterval>();
        foreach (var interval in written.Intervals)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var sum = _readers.Get(interval).SumBuckets();
            described.Add(new StoredInterval(
                interval, IntervalState.Open, sum.Blocks, sum.Events, files.BytesOf(interval), sum.DigestSum, files.PathOf(interval), Damage: null));
        }

        return described.ToImmutable();
    }

    /// <summary>The buckets of the first minutes of a range.</summary>
    public BucketPage ReadBuckets(BucketRange range)
    {
        var buckets = ImmutableArray.CreateBuilder<BucketSum>();
        foreach (var interval in written.Intervals.Where(i => i.EndUnixMilliseconds > range.FromMinute * 60_000
            && i.StartUnixMilliseconds < range.ToMinute * 60_000))
        {
            if (_readers.Get(interval).ReadBuckets(range, buckets) is { } coveredTo)
            {
                return new BucketPage(buckets.ToImmutable(), coveredTo, []);
            }
        }

        return new BucketPage(buckets.ToImmutable(), range.ToMinute, []);
    }

    /// <summary>The next blocks of a range.</summary>
    public BlockPage ReadPage(BlockRange range)
    {
        using var page = new BlockPageBuilder(range.MaxBytes);
        foreach (var interval in written.Intervals.Where(i => i.EndUnixMilliseconds > range.From.UnixMilliseconds
            && i.StartUnixMilliseconds <= range.To.UnixMilliseconds))
        {
            if (range.After is { } after && interval.EndUnixMilliseconds <= after.First.UnixMilliseconds)
            {
                continue;
            }

            if (_readers.Get(interval).ReadPage(interval, range, page) is { } next)
            {
                return page.Build(next);
            }
        }

        return page.Build(null);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose() => _readers.Dispose();

    private IntervalReader? ReaderOf(EventKey key)
    {
        var interval = Interval.Containing(key.UnixMilliseconds, intervalLength);
        return written.Intervals.Contains(interval) ? _readers.Get(interval) : null;
    }
}
