using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>A replica store in SQLite: one database file for each consolidation interval.</summary>
internal sealed partial class SqliteReplicaStore : IReplicaStore
{
    private readonly ReplicaStoreIdentity _identity;
    private readonly bool _flushes;
    private readonly IntervalFiles _files;
    private readonly IntervalCatalog _catalog;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly ChangeJournal _journal = new();
    private readonly IntervalGate _gate = new();
    private readonly IntervalClosing _closing;
    private readonly SqliteCommitTarget _target;
    private readonly GroupCommit _writer;
    private readonly ReadPool<ReadSession> _readers;

    private SqliteReplicaStore(
        string directory, ReplicaStoreIdentity identity, StorageOptions options, TimeProvider time, ILogger logger)
    {
        _identity = identity;
        _flushes = options.Flush;
        _files = new IntervalFiles(directory, identity);
        _diagnostics = new ReplicaStoreDiagnostics(logger);
        _catalog = new IntervalCatalog(_files, identity, _diagnostics);
        _closing = new IntervalClosing(_files, identity, _catalog, options, _diagnostics, time);
        var salvage = new IntervalSalvage(_files, identity, _catalog, options, _diagnostics);
        var held = new IntervalStart(_files, identity, _catalog, _closing, salvage, options, _diagnostics).Run();
        _target = new SqliteCommitTarget(_files, identity, _catalog, salvage, options, _diagnostics, _journal, TryRunAlone, held);
        _writer = new GroupCommit(_target, options, _diagnostics, identity.Peer.Value);
        _readers = new ReadPool<ReadSession>(
            options, identity.Peer.Value, () => new ReadSession(_files, _catalog, _gate, identity.IntervalLength, options, _diagnostics));
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
    public int DamagedIntervals => _catalog.Damaged;

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
    public Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.Scrub(position, maxBytes), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The writer last: as the last one to close a file it can tidy up its log.
        await _readers.CloseAsync();
        await _writer.CloseAsync();
        if (!IsReadOnly)
        {
            _closing.RemoveEmptyLogs();
        }
    }

    private Interval IntervalOf(Block block) => Interval.Containing(block.Header.FirstKey.UnixMilliseconds, _identity.IntervalLength);
}
