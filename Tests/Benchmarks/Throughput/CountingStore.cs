using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Benchmarks;

/// <summary>Keeps nothing and answers at once: what is left of a put's cost is the way to the store.</summary>
internal sealed class CountingStore : IReplicaStore
{
    private static readonly Task<AppendReply> Stored = Task.FromResult(AppendReply.Stored);

    private readonly TaskCompletionSource<string> _never = new();
    private long _blocks;
    private long _events;

    /// <inheritdoc/>
    public bool IsReadOnly => false;

    /// <inheritdoc/>
    public string? ReadOnlyReason => null;

    /// <inheritdoc/>
    public string? AppendRefusal => null;

    /// <inheritdoc/>
    public Task<string> BecameReadOnly => _never.Task;

    /// <inheritdoc/>
    public ImmutableArray<Interval> Intervals => [];

    /// <inheritdoc/>
    public string Description => "counts and keeps nothing";

    /// <inheritdoc/>
    public ReplicaStoreStatistics Statistics => new(Interlocked.Read(ref _blocks), Interlocked.Read(ref _events), 0, 0, 0, 0, 0, 0);

    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(Block block)
    {
        Interlocked.Increment(ref _blocks);
        Interlocked.Add(ref _events, block.Header.EventCount);
        return Stored;
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys, CancellationToken cancellationToken) =>
        Task.FromResult(keys.Select(static key => new HeldKey(key, [])).ToImmutableArray());

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken) => KeptNothing<ImmutableArray<EventPayload>>();

    /// <inheritdoc/>
    public Task<ImmutableArray<StoredInterval>> DescribeIntervalsAsync(CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<StoredInterval>.Empty);

    /// <inheritdoc/>
    public Task PromiseClosedAsync(Interval interval) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) => KeptNothing<BucketPage>();

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) => KeptNothing<BlockPage>();

    /// <inheritdoc/>
    public Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken) => Task.FromResult<StoredInterval?>(null);

    /// <inheritdoc/>
    public Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken) =>
        Task.FromResult(new ScrubPage(null, 0, 0, 0, [], null));

    /// <inheritdoc/>
    public ImmutableArray<DamagedEntry> DamagedEntries => [];

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        Task.FromResult(new BucketChanges(since, IsComplete: true, []));

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        Task.FromResult(ImmutableArray<CopysetDefinition>.Empty);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) => Task.FromResult(new BlockList([], null));

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        Task.FromResult(new FetchedBlocks([], fetch.Ids.Length / BlockId.BinaryLength));

    /// <inheritdoc/>
    public Task<AppendReply> RestoreAsync(Block block) => AppendAsync(block);

    /// <inheritdoc/>
    public Task<string?> VerifyIntervalAsync(Interval interval, bool isComplete, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static Task<T> KeptNothing<T>() => Task.FromException<T>(new ReplicaStoreException("This store counts and keeps nothing."));
}
