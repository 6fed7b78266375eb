using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Remote;

/// <summary>A peer's replica in a silo of this Orleans cluster.</summary>
/// <remarks>No call is awaited here: so the put path has no state machine besides the grain call's own.</remarks>
internal sealed class GrainReplica(IReplicaStorageGrain grain, DeadlineOptions deadlines, TimeProvider time) : IReplica, IRemembersTopology
{
    /// <inheritdoc/>
    public Task<AppendReply> AppendAsync(BlockBytes block) => grain.Append(block);

    /// <inheritdoc/>
    public Task PingAsync() => grain.Ping().WaitAsync(deadlines.Replica, time);

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) => grain.LookUp(keys).WaitAsync(deadlines.Replica, time);

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry) => grain.LookUpToPut(inquiry).WaitAsync(deadlines.Replica, time);

    /// <inheritdoc/>
    public Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys) => grain.JudgeKeys(keys).WaitAsync(deadlines.Replica, time);

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => grain.Read(key).WaitAsync(deadlines.Replica, time);

    /// <inheritdoc/>
    public Task<EventKey> GetLowWatermarkAsync() => grain.GetLowWatermark().WaitAsync(deadlines.Watermark, time);

    /// <inheritdoc/>
    public Task<ClockReading> ReadClockAsync() => grain.ReadClock().WaitAsync(DeadlineOptions.Clock, time);

    /// <inheritdoc/>
    public Task<SeenTopology> GetSeenTopologyAsync() => grain.GetSeenTopology().WaitAsync(DeadlineOptions.Clock, time);

    /// <inheritdoc/>
    public void TellTopology(TopologySnapshot topology) => grain.UpdateTopology(topology).Ignore();

    /// <inheritdoc/>
    public Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken) =>
        grain.GetNumbers(interval).WaitAsync(deadlines.Read, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        grain.GetChanges(since).WaitAsync(deadlines.Read, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        grain.ReadBuckets(range).WaitAsync(deadlines.Read, time, cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        grain.ReadCopysets(fromMinute, toMinute).WaitAsync(deadlines.Read, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        grain.ListBlocks(range).WaitAsync(deadlines.Read, time, cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        grain.FetchBlocks(fetch).WaitAsync(deadlines.Read, time, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        grain.ReadBlocks(range).WaitAsync(deadlines.Read, time, cancellationToken);
}
