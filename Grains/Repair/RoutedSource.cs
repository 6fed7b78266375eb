using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Remote;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>
/// A peer's replica on the way that its route names at each call: a comparison lasts as long as the peer is registered, and the route to a peer of another
/// cluster may be set after the peer is known.
/// </summary>
internal sealed class RoutedSource(IReplicas replicas, PeerId peer) : IRepairSource
{
    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        replicas.Of(peer).GetChangesAsync(since, cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        replicas.Of(peer).ReadBucketsAsync(range, cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        replicas.Of(peer).ReadCopysetsAsync(fromMinute, toMinute, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        replicas.Of(peer).ListBlocksAsync(range, cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        replicas.Of(peer).FetchBlocksAsync(fetch, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) => replicas.Of(peer).ReadPageAsync(range, cancellationToken);
}
