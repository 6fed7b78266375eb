using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Replica;

/// <summary>
/// A replica store over any engine: one writer with its queue and group commit, a few readers, closing and verifying whole intervals. The engine
/// keeps the blocks.
/// </summary>
internal sealed partial class ReplicaStore : IReplicaStore
{
    private readonly EngineSetting _setting;
    private readonly IStorageEngine _engine;
    private readonly GroupCommit _writer;
    private readonly ReadPool _readers;
    private readonly FreeSpace? _space;
    private readonly ClosedPromises _promises;

    private ReplicaStore(EngineSetting setting, IStorageEngine engine, FreeSpace? space, ClosedPromises promises)
    {
        _promises = promises;
        var name = setting.Identity.Peer.Value;
        _setting = setting;
        _engine = engine;
        _space = space;
        _writer = new GroupCommit(engine.Writer, WhyNoPuts, setting.Options, setting.Diagnostics, name);
        _readers = new ReadPool(engine, setting.Options, name, damaged => NoteDamageAsync(damaged.Interval, damaged.Message));
    }

    /// <inheritdoc/>
    public bool IsReadOnly => ReadOnlyReason is not null;

    /// <inheritdoc/>
    public string? ReadOnlyReason => _writer.ReadOnlyReason;

    /// <inheritdoc/>
    public string? AppendRefusal => ReadOnlyReason ?? _space?.Shortage;

    /// <inheritdoc/>
    public Task<string> BecameReadOnly => _writer.BecameReadOnly;

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => _engine.Intervals;

    /// <inheritdoc/>
    public string Description => _engine.Description;

    /// <inheritdoc/>
    public ImmutableArray<DamagedEntry> DamagedEntries => _setting.Diagnostics.Known.Entries;

    /// <inheritdoc/>
    public ReplicaStoreStatistics Statistics
    {
        get
        {
            var held = _engine.Measure();
            return new ReplicaStoreStatistics(
                held.Blocks, held.Events, held.Bytes, _writer.WaitingBytes, _writer.Transactions,
                _setting.Diagnostics.DamagedBlocks, _setting.Diagnostics.IdAlarms, _engine.DamagedIntervals);
        }
    }

    /// <summary>Opens a store over an engine, which opens, checks and recovers what it has before this returns.</summary>
    /// <param name="setting">What both need.</param>
    /// <param name="open">Opens the engine.</param>
    /// <param name="space">Whether its disk has room for new blocks; null where that is not known. The store disposes of it.</param>
    /// <param name="promises">Of which intervals the peer takes no puts; null: it has promised nothing.</param>
    /// <exception cref="ReplicaStoreException">The engine cannot be opened, or what it finds belongs to another peer; the message says what to do.</exception>
    public static ReplicaStore Open(
        EngineSetting setting, Func<EngineSetting, IStorageEngine> open, FreeSpace? space = null, ClosedPromises? promises = null) =>
        new(setting, open(setting), space, promises ?? ClosedPromises.InMemory());

    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(Block block) => WriteAsync(new Delivery(block, IsRepair: false));

    /// <inheritdoc/>
    public Task<AppendReply> RestoreAsync(Block block) => WriteAsync(new Delivery(block, IsRepair: true));

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys, CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.LookUp(keys, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.Read(key), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredInterval>> DescribeIntervalsAsync(CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.DescribeIntervals(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.ReadBuckets(range), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.ReadPage(range), cancellationToken);

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        Task.FromResult(_setting.Journal.Since(since));

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.List(range), cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        _readers.RunAsync(reader => reader.Fetch(fetch), cancellationToken);

    /// <inheritdoc/>
    public async Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken)
    {
        var (copysets, unreadable) = await _readers.RunAsync(reader => reader.ReadCopysets(fromMinute, toMinute), cancellationToken);
        if (unreadable.IsEmpty || IsReadOnly)
        {
            return copysets;
        }

        await WriteAsync(writer => writer.RestoreCopysets(unreadable));
        return (await _readers.RunAsync(reader => reader.ReadCopysets(fromMinute, toMinute), cancellationToken)).Copysets;
    }

    /// <inheritdoc/>
    public async Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken)
    {
        var (page, damage) = await _readers.RunAsync(reader => reader.Scrub(position, maxBytes), cancellationToken);
        if (damage is not null)
        {
            // Peers compare buckets instead of events: from now on they learn that these cannot be believed.
            await NoteDamageAsync(page.Interval!.Value, damage);
        }

        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The writer is closed last: as the last one to close a file it can tidy up its log.
        _space?.Dispose();
        _engine.Hurry();
        await _readers.CloseAsync();
        await _writer.CloseAsync();
    }

    private Task<AppendReply> WriteAsync(Delivery delivery) => BlockArrival.Refuse(delivery.Block, _setting.Identity) is { } refusal
        ? Task.FromResult(refusal)
        : AppendRefusal is { } reason ? Task.FromResult(new AppendReply(AppendStatus.ReadOnly, reason))
        : _writer.AppendAsync(IntervalOf(delivery.Block), delivery);

    // Where the engine has promised it, too, it answers itself: it knows which blocks it holds.
    private AppendReply? WhyNoPuts(Interval interval) => _promises.Covers(interval) && _engine.Find(interval) is not { State: IntervalState.Closed }
        ? IntervalReplies.Closed(interval, _setting.Identity)
        : null;

    private Task WriteAsync(Action<IStorageWriter> work) => _writer.RunAsync(() =>
    {
        work(_engine.Writer);
        return true;
    });

    private Task NoteDamageAsync(Interval interval, string damage) =>
        IsReadOnly ? Task.CompletedTask : WriteAsync(writer => writer.NoteDamage(interval, damage));

    private Interval IntervalOf(Block block) => Interval.Containing(block.Header.FirstKey.UnixMilliseconds, _setting.Identity.IntervalLength);
}
