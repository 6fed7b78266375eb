using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
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

    /// <summary>The next blocks of a walk.</summary>
    public BlockPage ReadPage(Interval interval, BlockPosition position) =>
        written.Intervals.Contains(interval) ? _readers.Get(interval).ReadPage(position) : new BlockPage([], Next: null);

    /// <summary>Closes the files.</summary>
    public void Dispose() => _readers.Dispose();

    private IntervalReader? ReaderOf(EventKey key)
    {
        var interval = Interval.Containing(key.UnixMilliseconds, intervalLength);
        return written.Intervals.Contains(interval) ? _readers.Get(interval) : null;
    }
}
