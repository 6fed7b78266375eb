using System.Collections.Immutable;
using AllData.Replication;
using AllData.Simulation.Running;
using AllData.Storage;

namespace AllData.Simulation.Machines;

/// <summary>Another peer's replica over the simulated network, each call bounded.</summary>
internal sealed class RemoteReplica(World world, SimulatedSilo caller, Machine other) : IRepairSource
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        CallAsync(store => store.GetChangesAsync(since, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        CallAsync(store => store.ReadBucketsAsync(range, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(long fromMinute, long toMinute, CancellationToken cancellationToken) =>
        CallAsync(store => store.ReadCopysetsAsync(fromMinute, toMinute, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        CallAsync(store => store.ListBlocksAsync(range, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        CallAsync(store => store.FetchBlocksAsync(fetch, CancellationToken.None), cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        CallAsync(store => store.ReadPageAsync(range, CancellationToken.None), cancellationToken);

    private Task<T> CallAsync<T>(Func<Simulation.Storage.SimulatedStore, Task<T>> ask, CancellationToken stop) =>
        world.Network.CallAsync(caller, other, silo => ask(silo.OpenStore())).WaitAsync(Deadline, caller.Time, stop);
}
