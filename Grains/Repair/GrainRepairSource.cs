using System.Collections.Immutable;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>Another peer's replica over the cluster, each call bounded.</summary>
internal sealed class GrainRepairSource(IReplicaStorageGrain replica, TimeSpan deadline, TimeProvider time) : IRepairSource
{
    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        replica.GetChanges(since).WaitAsync(deadline, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        replica.ReadBuckets(range).WaitAsync(deadline, time, cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(long fromMinute, long toMinute, CancellationToken cancellationToken) =>
        replica.ReadCopysets(fromMinute, toMinute).WaitAsync(deadline, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        replica.ListBlocks(range).WaitAsync(deadline, time, cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        replica.FetchBlocks(fetch).WaitAsync(deadline, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        replica.ReadBlocks(range).WaitAsync(deadline, time, cancellationToken);
}
