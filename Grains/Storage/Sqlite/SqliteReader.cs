using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;
using Microsoft.Data.Sqlite;

namespace AllData.Storage.Sqlite;

/// <summary>The reading part for one reader's thread: connections to the interval files that it used last.</summary>
internal sealed partial class SqliteReader(
    IntervalFiles files, IntervalCatalog catalog, IntervalGate gate, SqliteSeams seams, EngineSetting setting) : IStorageReader
{
    private readonly TimeSpan _intervalLength = setting.Identity.IntervalLength;
    private readonly RecentlyUsed<Interval, IntervalReader> _readers = new(setting.Options.MaxOpenIntervals, interval =>
    {
        var path = files.PathOf(interval);
        var database = IntervalFile.OpenForReading(path, catalog.Find(interval)!.IsSelfContained, seams);
        return new IntervalReader(database, path, setting.Diagnostics, finding => catalog.OnFinding(interval, finding));
    });

    /// <inheritdoc/>
    public ImmutableArray<EventPayload> Read(EventKey key) => [.. Find(key, reader => reader.Read(key))];

    /// <inheritdoc/>
    public ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys, CancellationToken cancellationToken)
    {
        var held = ImmutableArray.CreateBuilder<HeldKey>(keys.Length);
        try
        {
            foreach (var key in keys)
            {
                cancellationToken.ThrowIfCancellationRequested();
                held.Add(HeldCopyset.ToHeldKey(key, Find(key, reader => reader.LookUp(key))));
            }
        }
        finally
        {
            lock (_readers)
            {
                foreach (var reader in _readers.Open)
                {
                    reader.Forget();
                }
            }
        }

        return held.MoveToImmutable();
    }

    /// <inheritdoc/>
    public ImmutableArray<StoredInterval> DescribeIntervals(CancellationToken cancellationToken)
    {
        var described = ImmutableArray.CreateBuilder<StoredInterval>();
        foreach (var interval in catalog.Entries.Keys)
        {
            cancellationToken.ThrowIfCancellationRequested();
            described.Add(Describe(interval));
        }

        return described.ToImmutable();
    }

    /// <inheritdoc/>
    public StoredInterval Describe(Interval interval)
    {
        var sum = SumOf(interval);
        var entry = catalog.Find(interval)!;
        return new StoredInterval(
            interval, entry.State, sum.Blocks, sum.Events, files.BytesOf(interval), sum.DigestSum, files.PathOf(interval), entry.Note?.Damage);
    }

    /// <inheritdoc/>
    public BucketPage ReadBuckets(BucketRange range) => range.Late is { } late ? ListLate(late) : IntervalWalk.ReadBuckets(
        catalog, range, (interval, buckets) => ReadUnlessLost(interval, reader => reader.ReadBuckets(range, buckets)));

    /// <inheritdoc/>
    public BlockPage ReadPage(BlockRange range) =>
        IntervalWalk.ReadPage(catalog, range, (interval, page) => Use(interval, reader => reader.ReadPage(interval, range, page)));

    /// <summary>Closes an interval's file, if it is open. From any thread, while no thread reads the interval.</summary>
    public void Release(Interval interval)
    {
        lock (_readers)
        {
            _readers.Close(interval);
        }
    }

    public void Dispose()
    {
        lock (_readers)
        {
            _readers.Dispose();
        }
    }

    private BucketPage ListLate(LateRange range) => LateListing.Read(range, catalog, (interval, asked, blocks) =>
        ReadUnlessLost<bool>(interval, reader =>
        {
            reader.ListLate(asked, blocks);
            return true;
        }));

    private T? ReadUnlessLost<T>(Interval interval, Func<IntervalReader, T> read)
    {
        try
        {
            return catalog.Find(interval)!.HasFile ? Use(interval, read) : default;
        }
        catch (ReplicaStoreException) when (catalog.Find(interval)?.Note?.Lost is not null)
        {
            // Noted, and named in the page: the other intervals stay readable.
            return default;
        }
    }

    private ContentSum SumOf(Interval interval)
    {
        var entry = catalog.Find(interval)!;
        if (entry.IsSelfContained)
        {
            return new ContentSum(entry.Note!.Blocks, entry.Note.Events, entry.Note.DigestSum);
        }

        try
        {
            return entry.HasFile ? Use(interval, static reader => reader.SumBuckets()) : default;
        }
        catch (ReplicaStoreException) when (catalog.Find(interval)?.Note?.Lost is not null)
        {
            return default;
        }
    }

    private List<T> Find<T>(EventKey key, Func<IntervalReader, List<T>> find)
    {
        var interval = Interval.Containing(key.UnixMilliseconds, _intervalLength);
        if (catalog.Find(interval) is not { } entry)
        {
            return [];
        }

        var found = entry.HasFile ? Use(interval, find) : [];
        return found.Count == 0 && entry.Note?.Lost is { } loss
            ? throw new ReplicaStoreException($"Key {key} is not found, and it may have been lost: {loss} Other peers hold it too.")
            : found;
    }

    // A damaged page fails what was read through it, and is noted: the file is set aside when it is next written to or verified.
    private T Use<T>(Interval interval, Func<IntervalReader, T> read)
    {
        gate.EnterToRead(interval);
        try
        {
            return read(Open(interval));
        }
        catch (Exception e) when (e is SqliteException or FormatException)
        {
            Release(interval);
            var reason = $"{files.PathOf(interval)} cannot be read: {e.Message}";
            if (e is not SqliteException failure || SqliteFaults.IsDamage(failure) || !File.Exists(files.PathOf(interval)))
            {
                catalog.OnCorrupt(interval, reason);
            }

            throw new ReplicaStoreException(reason, e);
        }
        finally
        {
            gate.ExitFromReading(interval);
        }
    }

    private IntervalReader Open(Interval interval)
    {
        lock (_readers)
        {
            return _readers.Get(interval);
        }
    }
}
