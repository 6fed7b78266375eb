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
    private readonly IntervalFiles _files;
    private readonly ReplicaStoreDiagnostics _diagnostics;
    private readonly SqliteCommitTarget _target;
    private readonly GroupCommit _writer;
    private readonly ReadPool<ReadSession> _readers;

    private SqliteReplicaStore(string directory, ReplicaStoreIdentity identity, StorageOptions options, ILogger logger)
    {
        _identity = identity;
        _files = new IntervalFiles(directory, identity);
        _diagnostics = new ReplicaStoreDiagnostics(logger);
        _target = new SqliteCommitTarget(_files, identity, options, _diagnostics);
        _writer = new GroupCommit(_target, options, _diagnostics, identity.Peer.Value);
        _readers = new ReadPool<ReadSession>(
            options, identity.Peer.Value, () => new ReadSession(_files, _target, identity.IntervalLength, options, _diagnostics));
    }

    /// <inheritdoc/>
    public bool IsReadOnly => ReadOnlyReason is not null;

    /// <inheritdoc/>
    public string? ReadOnlyReason => _writer.ReadOnlyReason;

    /// <inheritdoc/>
    public Task<string> BecameReadOnly => _writer.BecameReadOnly;

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => [.. _target.Intervals];

    /// <inheritdoc/>
    public ReplicaStoreStatistics Statistics => new(
        _target.Blocks,
        _target.Events,
        _files.TotalBytes(),
        _writer.WaitingBytes,
        _writer.Transactions,
        _diagnostics.DamagedBlocks,
        _diagnostics.IdAlarms,
        DamagedIntervals: 0);

    /// <summary>Opens the store in a data directory and checks every interval file in it. Blocks while files are recovered.</summary>
    /// <param name="directory">The data directory's path; the files lie in <c>intervals</c> under it.</param>
    /// <param name="identity">Whose replica it is.</param>
    /// <param name="options">Bounds.</param>
    /// <param name="logger">Where damage and failures are told.</param>
    /// <exception cref="ReplicaStoreException">A file cannot be opened or belongs to somebody else; the message names it.</exception>
    public static SqliteReplicaStore Open(
        string directory, ReplicaStoreIdentity identity, StorageOptions options, ILogger<SqliteReplicaStore> logger) =>
        new(directory, identity, options, logger);

    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(Block block)
    {
        var header = block.Header;
        if (header.ClusterId != _identity.ClusterId)
        {
            return Refuse($"Block {header.Id} is of cluster {header.ClusterId}; this replica belongs to {_identity.ClusterId}.");
        }

        // The minute decides the file and the bucket; a key outside it would never be found again.
        if (header.FirstKey.UnixMinute != header.UnixMinute
            || header.LastKey.UnixMinute != header.UnixMinute
            || header.LastKey < header.FirstKey)
        {
            return Refuse($"Block {header.Id} has keys {header.FirstKey} to {header.LastKey}, which is not within its minute.");
        }

        return _writer.AppendAsync(Interval.Containing(header.FirstKey.UnixMilliseconds, _identity.IntervalLength), block);
    }

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
    public Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The writer last: as the last one to close a file it can tidy up its log.
        await _readers.CloseAsync();
        await _writer.CloseAsync();
    }

    private static Task<AppendReply> Refuse(string reason) => Task.FromResult(new AppendReply(AppendStatus.Invalid, reason));
}
