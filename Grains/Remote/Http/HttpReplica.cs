using System.Collections.Immutable;
using AllData.Configuration;
using AllData.Errors;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Remote.Http.Messages;
using AllData.Replication;

namespace AllData.Remote.Http;

/// <summary>A peer's replica in another cluster, over the peer protocol; the deadlines are those of a replica in this one.</summary>
internal sealed class HttpReplica(HttpPeerCaller caller, DeadlineOptions deadlines) : IReplica
{
    // As Orleans gives a call up: a late answer counts, one that never comes must not keep its block in memory.
    private static readonly TimeSpan CallDeadline = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public async Task<AppendReply> AppendAsync(BlockBytes block)
    {
        try
        {
            return await caller.AskAsync(PutCalls.Append, block, CallDeadline);
        }
        catch (OverloadedException e)
        {
            // The silo that forwards is full: for a block that is the replica's own back-pressure.
            return new AppendReply(AppendStatus.Overloaded, e.Message, RetryAfter: e.RetryAfter);
        }
    }

    /// <inheritdoc/>
    public Task PingAsync() => caller.AskAsync(PutCalls.Ping, default, deadlines.Replica);

    /// <inheritdoc/>
    public async Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) =>
        Match(keys, await caller.AskAsync(PutCalls.LookUp, keys, deadlines.Replica));

    /// <inheritdoc/>
    public async Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry) => Match(
        [.. inquiry.Claiming.Select(static one => one.Key), .. inquiry.Looking], await caller.AskAsync(PutCalls.LookUpToPut, inquiry, deadlines.Replica));

    /// <inheritdoc/>
    public async Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys)
    {
        var judged = await caller.AskAsync(PutCalls.JudgeKeys, keys, deadlines.Replica);
        return judged.Length == keys.Length ? judged : throw new PeerProtocolException($"{judged.Length} answers to {keys.Length} keys.");
    }

    /// <inheritdoc/>
    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => caller.AskAsync(PutCalls.ReadKey, key, deadlines.Replica);

    /// <inheritdoc/>
    public Task<EventKey> GetLowWatermarkAsync() => caller.AskAsync(PutCalls.GetLowWatermark, default, deadlines.Watermark);

    /// <inheritdoc/>
    public Task<ClockReading> ReadClockAsync() => caller.AskAsync(PutCalls.ReadClock, default, DeadlineOptions.Clock);

    /// <inheritdoc/>
    public void TellTopology(TopologySnapshot topology) => caller.AskAsync(PutCalls.TellTopology, topology.Version, DeadlineOptions.Clock).Ignore();

    /// <inheritdoc/>
    public Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken) =>
        caller.AskAsync(RepairCalls.GetNumbers, interval, deadlines.Read, cancellationToken);

    /// <inheritdoc/>
    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        caller.AskAsync(RepairCalls.GetChanges, since, deadlines.Read, cancellationToken);

    /// <inheritdoc/>
    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) => range.Late is { } late
        ? ListLateAsync(late, cancellationToken)
        : caller.AskAsync(RepairCalls.ReadBuckets, range, deadlines.Read, cancellationToken);

    /// <inheritdoc/>
    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        caller.AskAsync(RepairCalls.ReadCopysets, (fromMinute, toMinute), deadlines.Read, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        caller.AskAsync(RepairCalls.ListBlocks, range, deadlines.Read, cancellationToken);

    /// <inheritdoc/>
    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        caller.AskAsync(RepairCalls.FetchBlocks, fetch, deadlines.Read, cancellationToken);

    /// <inheritdoc/>
    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        caller.AskAsync(RepairCalls.ReadPage, range, deadlines.Read, cancellationToken);

    private async Task<BucketPage> ListLateAsync(LateRange range, CancellationToken cancellationToken)
    {
        try
        {
            return await caller.AskAsync(RepairCalls.ListLate, range, deadlines.Read, cancellationToken);
        }
        catch (PeerProtocolException e) when (e.IsUnknownCall)
        {
            // As a silo of this cluster that is of an earlier version answers.
            return new BucketPage([], UnixMinute.First, []);
        }
    }

    // Answers are told apart by their place: one more or less would be taken for another key's.
    private static ImmutableArray<HeldKey> Match(ImmutableArray<EventKey> keys, ImmutableArray<HeldKey> held) =>
        held.Length == keys.Length && held.Select(static one => one.Key).SequenceEqual(keys)
            ? held
            : throw new PeerProtocolException($"{held.Length} answers to {keys.Length} keys, or to others.");
}
