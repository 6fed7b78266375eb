using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Simulation.Machines;

/// <summary>A planted bug: what a peer keeps for others is not looked at.</summary>
/// <param name="source">The way to the peer.</param>
/// <param name="owes">Whether the peer itself owes copies of a copyset's blocks.</param>
internal sealed class ForgetfulReplica(IRepairSource source, Func<CopysetDefinition, bool> owes) : IRepairSource
{
    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        source.GetChangesAsync(since, cancellationToken);

    /// <inheritdoc/>
    public async Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken)
    {
        var page = await source.ReadBucketsAsync(range, cancellationToken);
        var copysets = await ReadCopysetsAsync(range.FromMinute, page.CoveredTo, cancellationToken);
        var owed = copysets.Where(owes).Select(static c => c.Id).ToHashSet();
        return page with { Buckets = page.Buckets.RemoveAll(b => !owed.Contains(b.Copyset)) };
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        source.ReadCopysetsAsync(fromMinute, toMinute, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        source.ListBlocksAsync(range, cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        source.FetchBlocksAsync(fetch, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) => source.ReadPageAsync(range, cancellationToken);
}
