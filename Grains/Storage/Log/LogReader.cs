using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>The reading part for one reader's thread.</summary>
internal sealed partial class LogReader(LogFiles files, IntervalCatalog catalog, LogIntervals intervals, LogClosing closing, EngineSetting setting)
    : IStorageReader
{
    // Bounds what a page passes over when few blocks belong to the requested copysets.
    private const int MaxPlacesPerPage = 4096;

    // Places that are taken from the index at a time: the writer waits for no more than these.
    private const int PlacesAtOnce = 256;

    private readonly TimeSpan _intervalLength = setting.Identity.IntervalLength;
    private readonly ReplicaStoreDiagnostics _diagnostics = setting.Diagnostics;
    private readonly BlockSearch _search = new(setting.Diagnostics);
    private byte[] _buffer = [];

    /// <inheritdoc/>
    public ImmutableArray<EventPayload> Read(EventKey key)
    {
        ImmutableArray<EventPayload> found = [.. Find(key, static (_, e) => EventPayload.FromBytes(e.Payload.ToArray()))];
        _search.Forget();
        return found;
    }

    /// <inheritdoc/>
    public ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys, CancellationToken cancellationToken)
    {
        var held = ImmutableArray.CreateBuilder<HeldKey>(keys.Length);
        try
        {
            foreach (var key in keys)
            {
                cancellationToken.ThrowIfCancellationRequested();
                held.Add(HeldCopyset.ToHeldKey(key, Find(key, HeldCopyset.Select)));
            }
        }
        finally
        {
            _search.Forget();
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
        var location = intervals.Open.TryGetValue(interval, out var held) && held.Last is { } segment ? segment.Path : files.Intervals.PathOf(interval);
        return new StoredInterval(
            interval, entry.State, sum.Blocks, sum.Events, files.BytesOf(interval), sum.DigestSum, location, entry.Note?.Damage);
    }

    /// <inheritdoc/>
    public BucketPage ReadBuckets(BucketRange range) => range.Late is { } late ? ListLate(late) : IntervalWalk.ReadBuckets(
        catalog, range, (interval, buckets) => UseUnlessLost(interval, held => held.Index.ReadBuckets(range, buckets)));

    /// <inheritdoc/>
    public BlockPage ReadPage(BlockRange range) =>
        IntervalWalk.ReadPage(catalog, range, (interval, page) => intervals.Use(interval, held => ReadPage(held, interval, range, page)));

    /// <inheritdoc/>
    public void Dispose()
    {
        // The files are the engine's.
    }

    // Where to go on, or null when this interval has no more.
    private BlockPosition? ReadPage(HeldBlocks held, Interval interval, BlockRange range, BlockPageBuilder page)
    {
        var passed = range.After is { } after && interval.Contains(after.First)
            ? after
            : new BlockPosition(EventKey.FirstAt(interval.StartUnixMilliseconds), default, 0);
        var (places, count) = (new List<(int Number, BlockEntry Entry)>(PlacesAtOnce), 0);
        var next = range.After;
        do
        {
            places.Clear();
            held.Index.Walk(range.From, range.To, next, range.Topic, places);
            foreach (var (number, entry) in places)
            {
                if (!Add(held, number, entry, range.Copysets, page))
                {
                    return passed;
                }

                passed = new BlockPosition(entry.First, entry.Last, number);
                count++;
            }

            next = passed;
        }
        while (places.Count == PlacesAtOnce && count < MaxPlacesPerPage);
        return count >= MaxPlacesPerPage ? passed : null;
    }

    // False: the page is full without it.
    private bool Add(HeldBlocks held, int number, in BlockEntry entry, ImmutableArray<CopysetId> copysets, BlockPageBuilder page)
    {
        if (copysets.Length > 0 && !copysets.Contains(entry.Bucket))
        {
            return true;
        }

        if (page.IsFullFor(entry.Length))
        {
            return false;
        }

        if (page.Add(Bytes(held, entry), entry.Bucket, entry.First, entry.Last) is { } reason)
        {
            _diagnostics.OnDamagedBlock(held.NameOf(number, entry), reason, entry.Damaged);
        }

        return true;
    }

    // Of a block that is not what the index says: none, which is no block.
    private ReadOnlySpan<byte> Bytes(HeldBlocks held, in BlockEntry entry)
    {
        if (_buffer.Length < entry.Length)
        {
            _buffer = new byte[entry.Length * 2];
        }

        var bytes = _buffer.AsSpan(0, entry.Length);
        return held.Read(entry, bytes) is null ? bytes : [];
    }

    private BucketPage ListLate(LateRange range) => LateListing.Read(range, catalog, (interval, asked, blocks) =>
        UseUnlessLost(interval, held =>
        {
            held.Index.ListLate(asked, blocks);
            return true;
        }));

    private T? UseUnlessLost<T>(Interval interval, Func<HeldBlocks, T> read)
    {
        try
        {
            return catalog.Find(interval)!.HasFile ? intervals.Use(interval, read) : default;
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
        return entry.IsSelfContained
            ? new ContentSum(entry.Note!.Blocks, entry.Note.Events, entry.Note.DigestSum)
            : UseUnlessLost(interval, static held => held.Index.SumBuckets());
    }

    private List<T> Find<T>(EventKey key, EventSelector<T> select)
    {
        var interval = Interval.Containing(key.UnixMilliseconds, _intervalLength);
        if (catalog.Find(interval) is not { } entry)
        {
            return [];
        }

        var found = entry.HasFile ? intervals.Use(interval, held => Find(held, key, select)) : [];
        return found.Count == 0 && entry.Note?.Lost is { } loss
            ? throw new ReplicaStoreException($"Key {key} is not found, and it may have been lost: {loss} Other peers hold it too.")
            : found;
    }

    private List<T> Find<T>(HeldBlocks held, EventKey key, EventSelector<T> select)
    {
        var found = _search.Find(held, key, select);

        // "Not held" would be believed, and cause a conflict or a second copy.
        return found.Count == 0 && _search.Damage is { } damage
            ? throw new ReplicaStoreException($"Key {key} is not found, and {damage}: it may hold it. Other peers hold it too.")
            : found;
    }
}
