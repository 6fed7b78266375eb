using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Remote;

/// <summary>The replica of a peer that takes blocks and is asked nothing (<see cref="PeerCapabilities.PutOnly"/>): to derive a client's own from.</summary>
public abstract class PutOnlyReplica : IReplica
{
    /// <summary>Why a question is refused: a sentence.</summary>
    protected virtual string Refusal => "This peer takes events and is asked nothing.";

    /// <inheritdoc/>
    public abstract Task<AppendReply> AppendAsync(BlockBytes block);

    /// <inheritdoc/>
    public abstract Task PingAsync();

    /// <inheritdoc/>
    public virtual void TellTopology(TopologySnapshot topology)
    {
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) => throw Refuse();

    /// <inheritdoc/>
    public Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry) => throw Refuse();

    /// <inheritdoc/>
    public Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys) => throw Refuse();

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => throw Refuse();

    /// <inheritdoc/>
    public Task<EventKey> GetLowWatermarkAsync() => throw Refuse();

    /// <inheritdoc/>
    public Task<ClockReading> ReadClockAsync() => throw Refuse();

    /// <inheritdoc/>
    public Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken) => throw Refuse();

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) => throw Refuse();

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) => throw Refuse();

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        throw Refuse();

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) => throw Refuse();

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) => throw Refuse();

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) => throw Refuse();

    private NotSupportedException Refuse() => new(Refusal);
}
