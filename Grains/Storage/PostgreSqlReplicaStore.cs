using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;
using Microsoft.Extensions.Logging;

namespace AllData.Storage;

/// <summary>A replica store in PostgreSQL: one schema for the peer, one table of blocks for each consolidation interval.</summary>
internal sealed partial class PostgreSqlReplicaStore : IReplicaStore
{
    private readonly ReplicaStoreIdentity _identity;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly ChangeJournal _journal = new();
    private readonly PostgreSqlCommitTarget _target;
    private readonly GroupCommit _writer;
    private readonly ReadPool<PostgreSqlReadSession> _readers;

    private PostgreSqlReplicaStore(ReplicaStoreIdentity identity, StorageOptions options, TimeProvider time, ILogger logger)
    {
        var connector = new PostgreSqlConnector(options.ConnectionString, identity.Peer);
        var schema = new PostgreSqlSchema(identity);
        _identity = identity;
        _diagnostics = new ReplicaStoreDiagnostics(logger);
        _target = new PostgreSqlCommitTarget(connector, schema, options, time, logger, _diagnostics, _journal);
        _writer = new GroupCommit(_target, options, _diagnostics, identity.Peer.Value);
        _readers = new ReadPool<PostgreSqlReadSession>(
            options,
            identity.Peer.Value,
            () => new PostgreSqlReadSession(connector, schema, _target.Held, identity.IntervalLength, _diagnostics));
    }

    /// <inheritdoc/>
    public bool IsReadOnly => ReadOnlyReason is not null;

    /// <inheritdoc/>
    public string? ReadOnlyReason => _writer.ReadOnlyReason;

    /// <inheritdoc/>
    public Task<string> BecameReadOnly => _writer.BecameReadOnly;

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => [.. _target.Held.Intervals.Keys];

    /// <inheritdoc/>
    public string Description => $"PostgreSQL {_target.ServerVersion}, synchronous_commit=on, fsync=on";

    /// <inheritdoc/>
    public int DamagedIntervals => _target.Held.Intervals.Values.Count(interval => interval.Damage is not null);

    /// <inheritdoc/>
    public ReplicaStoreStatistics Statistics => new(
        _target.Held.Blocks,
        _target.Held.Events,
        _target.Held.Bytes,
        _writer.WaitingBytes,
        _writer.Transactions,
        _diagnostics.DamagedBlocks,
        _diagnostics.IdAlarms,
        DamagedIntervals);

    /// <summary>Opens the store in a database, makes the peer's schema where there is none, and takes the lock on it. Blocks meanwhile.</summary>
    /// <param name="identity">Whose replica it is.</param>
    /// <param name="options">Where the database is, and bounds.</param>
    /// <param name="time">Measures outages, and dates what is closed.</param>
    /// <param name="logger">Where damage, outages and failures are told.</param>
    /// <exception cref="ReplicaStoreException">
    /// The database cannot be used, or the schema is in use or somebody else's; the message says why and what to do.
    /// </exception>
    public static PostgreSqlReplicaStore Open(
        ReplicaStoreIdentity identity, StorageOptions options, TimeProvider time, ILogger<PostgreSqlReplicaStore> logger) =>
        new(identity, options, time, logger);

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
        ReadNotingDamageAsync(session => session.LookUp(keys, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken) =>
        ReadNotingDamageAsync(session => session.Read(key), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredInterval>> DescribeIntervalsAsync(CancellationToken cancellationToken) =>
        _readers.RunAsync(static session => session.DescribeIntervals(), cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        _readers.RunAsync(session => session.ReadBuckets(range), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        ReadNotingDamageAsync(session => session.ReadPage(range), cancellationToken);

    /// <inheritdoc/>
    public ImmutableArray<DamagedEntry> DamagedEntries => _diagnostics.Known.Entries;

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) => Task.FromResult(_journal.Since(since));

    /// <inheritdoc/>
    public async Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(long fromMinute, long toMinute, CancellationToken cancellationToken)
    {
        var (copysets, unreadable) = await _readers.RunAsync(session => session.ReadCopysets(fromMinute, toMinute), cancellationToken);
        if (IsReadOnly || unreadable.FindAll(id => _diagnostics.OnUnreadableCopyset(_target.CopysetsTable, id)) is not { Count: > 0 } news)
        {
            return copysets;
        }

        await _writer.RunAsync(() => _target.RestoreCopysets(news));
        return (await _readers.RunAsync(session => session.ReadCopysets(fromMinute, toMinute), cancellationToken)).Copysets;
    }

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        ReadNotingDamageAsync(session => session.List(range), cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        ReadNotingDamageAsync(session => session.Fetch(fetch), cancellationToken);

    /// <inheritdoc/>
    public async Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken)
    {
        var (page, damage) = await _readers.RunAsync(session => session.Scrub(position, maxBytes), cancellationToken);
        if (damage is not null && !IsReadOnly)
        {
            // Peers compare buckets instead of events: from now on they are told not to believe these.
            await _writer.RunAsync(() => _target.NoteDamage(page.Interval!.Value, damage));
        }

        return page;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _target.Hurry();
        await _readers.CloseAsync();
        await _writer.CloseAsync();
    }

    private Interval IntervalOf(Block block) => Interval.Containing(block.Header.FirstKey.UnixMilliseconds, _identity.IntervalLength);

    // A page that cannot be read stays so: peers and scans must know before they ask again, and after a restart.
    private async Task<T> ReadNotingDamageAsync<T>(Func<PostgreSqlReadSession, T> read, CancellationToken cancellationToken)
    {
        try
        {
            return await _readers.RunAsync(read, cancellationToken);
        }
        catch (ReplicaStoreException e) when (e.InnerException is DamagedTableException damaged)
        {
            await NoteDamageAsync(damaged);
            throw;
        }
    }

    private async Task NoteDamageAsync(DamagedTableException damaged)
    {
        if (!IsReadOnly)
        {
            await _writer.RunAsync(() => _target.NoteDamage(damaged.Interval, damaged.Message));
        }
    }
}
