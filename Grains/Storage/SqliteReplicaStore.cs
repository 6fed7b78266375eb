using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>A replica store in SQLite: one database file for each consolidation interval.</summary>
internal sealed class SqliteReplicaStore : IReplicaStore
{
    private readonly ReplicaStoreIdentity _identity;
    private readonly bool _flushes;
    private readonly IntervalFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly ChangeJournal _journal = new();
    private readonly IntervalClosing _closing;
    private readonly SqliteCommitTarget _target;
    private readonly GroupCommit _writer;
    private readonly ReadPool<ReadSession> _readers;

    // One closing at a time: each keeps a reader busy for as long as it takes to read the whole interval.
    private readonly SemaphoreSlim _oneClosing = new(1, 1);

    private SqliteReplicaStore(
        string directory, ReplicaStoreIdentity identity, StorageOptions options, TimeProvider time, ILogger logger)
    {
        _identity = identity;
        _flushes = options.Flush;
        _files = new IntervalFiles(directory, identity);
        _diagnostics = new ReplicaStoreDiagnostics(logger);
        _catalog = new IntervalCatalog(_files, identity, _diagnostics);
        _closing = new IntervalClosing(_files, identity, _catalog, options, _diagnostics, time);
        var held = new IntervalStart(_files, identity, _catalog, _closing, options, _diagnostics).Run();
        _target = new SqliteCommitTarget(_files, identity, _catalog, options, _diagnostics, _journal, RunAlone, held);
        _writer = new GroupCommit(_target, options, _diagnostics, identity.Peer.Value);
        _readers = new ReadPool<ReadSession>(
            options, identity.Peer.Value, () => new ReadSession(_files, _catalog, identity.IntervalLength, options, _diagnostics));
    }

    /// <inheritdoc/>
    public bool IsReadOnly => ReadOnlyReason is not null;

    /// <inheritdoc/>
    public string? ReadOnlyReason => _writer.ReadOnlyReason;

    /// <inheritdoc/>
    public Task<string> BecameReadOnly => _writer.BecameReadOnly;

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => [.. _catalog.Entries.Keys];

    /// <inheritdoc/>
    public string Description =>
        $"SQLite {SqliteDatabase.Version}, WAL, " + (_flushes ? "synchronous=FULL, flushed before each answer" : "synchronous=OFF, not flushed");

    /// <inheritdoc/>
    public ReplicaStoreStatistics Statistics => new(
        _target.Blocks,
        _target.Events,
        _files.TotalBytes(),
        _writer.WaitingBytes,
        _writer.Transactions,
        _diagnostics.DamagedBlocks,
        _diagnostics.IdAlarms,
        _catalog.Damaged);

    /// <summary>
    /// Opens the store in a data directory. Closed intervals are not opened; open ones are recovered, and damaged files set aside, before it
    /// returns.
    /// </summary>
    /// <param name="directory">The data directory's path; the files lie in <c>intervals</c> under it.</param>
    /// <param name="identity">Whose replica it is.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="time">Says when an interval was closed.</param>
    /// <param name="logger">Where damage and failures are told.</param>
    /// <exception cref="ReplicaStoreException">A file cannot be opened or belongs to somebody else; the message names it.</exception>
    public static SqliteReplicaStore Open(
        string directory, ReplicaStoreIdentity identity, StorageOptions options, TimeProvider time, ILogger<SqliteReplicaStore> logger) =>
        new(directory, identity, options, time, logger);

    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(Block block) => BlockArrival.Refuse(block, _identity) is { } refusal
        ? Task.FromResult(refusal)
        : _writer.AppendAsync(IntervalOf(block), new Delivery(block, Completes: false));

    /// <inheritdoc/>
    public Task<AppendReply> CompleteAsync(Block block) => BlockArrival.Refuse(block, _identity) is { } refusal
        ? Task.FromResult(refusal)
        : _writer.AppendAsync(IntervalOf(block), new Delivery(block, Completes: true));

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.LookUp(keys, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.Read(key), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredInterval>> DescribeIntervalsAsync(CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.DescribeIntervals(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.ReadBuckets(range), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.ReadPage(range), cancellationToken);

    /// <inheritdoc/>
    public ImmutableArray<DamagedEntry> DamagedEntries => _diagnostics.Known.Entries;

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) => Task.FromResult(_journal.Since(since));

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(long fromMinute, long toMinute, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.ReadCopysets(fromMinute, toMinute), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.List(range), cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.Fetch(fetch), cancellationToken);

    /// <inheritdoc/>
    public async Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken)
    {
        await _oneClosing.WaitAsync(cancellationToken);
        try
        {
            // On the writer's thread it is only promised and finished: reading all of it there would hold up every put for as long.
            if (!await _writer.RunAsync(() => _target.PromiseClosed(interval)))
            {
                return null;
            }

            if (_catalog.Find(interval) is { IsFinished: false })
            {
                var sum = await _readers.RunAsync(session => session.CheckAndCount(interval, cancellationToken), cancellationToken);
                await _writer.RunAsync(() => FinishClosing(interval, sum));
            }

            return await _readers.RunAsync(session => session.Describe(interval), cancellationToken);
        }
        finally
        {
            _oneClosing.Release();
        }
    }

    /// <inheritdoc/>
    public Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.Scrub(position, maxBytes), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The writer last: as the last one to close a file it can tidy up its log.
        await _readers.CloseAsync();
        await _writer.CloseAsync();
    }

    private Interval IntervalOf(Block block) => Interval.Containing(block.Header.FirstKey.UnixMilliseconds, _identity.IntervalLength);

    private void RunAlone(Interval interval, Action work) => _readers.RunAlone(session => session.Release(interval), work);

    // SQLite takes a file out of its log only when nobody else has it open. A file with damaged pages is left for the next start to set aside.
    private bool FinishClosing(Interval interval, IntervalSum sum)
    {
        if (_catalog.Find(interval)!.Note is { SetAside: > 0 })
        {
            return false;
        }

        RunAlone(interval, () =>
        {
            _target.Release(interval);
            _closing.Finish(interval, sum);
        });
        return true;
    }

    // --- repair: to be built
    public Task<string?> SettleAsync(Interval interval, bool isComplete, CancellationToken cancellationToken) => throw new NotSupportedException();
}
