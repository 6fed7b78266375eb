using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Remote;
using AllData.Replication;

namespace AllData.Tests.Unit.Remote;

/// <summary>A peer in memory that breaks one promise.</summary>
internal sealed class BrokenPeer : IReplica
{
    private readonly MemoryPeer _good = new();

    public bool ForgetsBlocks { get; init; }

    public bool StoresTwice { get; init; }

    public bool ChangesBytes { get; init; }

    public bool TellsNoNumbers { get; init; }

    public async Task<AppendReply> AppendAsync(BlockBytes block)
    {
        var reply = ForgetsBlocks ? AppendReply.Stored : await _good.AppendAsync(block);
        return StoresTwice && reply.Status == AppendStatus.AlreadyStored ? AppendReply.Stored : reply;
    }

    public async Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken)
    {
        var fetched = await _good.FetchBlocksAsync(fetch, cancellationToken);
        return ChangesBytes ? fetched with { Blocks = [.. fetched.Blocks.Select(static b => (byte)(b ^ 1))] } : fetched;
    }

    public Task PingAsync() => _good.PingAsync();

    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) => _good.LookUpAsync(keys);

    public Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry) => _good.LookUpToPutAsync(inquiry);

    public Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys) => _good.JudgeKeysAsync(keys);

    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => _good.ReadAsync(key);

    public Task<EventKey> GetLowWatermarkAsync() => _good.GetLowWatermarkAsync();

    public Task<ClockReading> ReadClockAsync() => _good.ReadClockAsync();

    public Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken) =>
        TellsNoNumbers ? Task.FromResult(ImmutableArray<NumberReport>.Empty) : _good.GetNumbersAsync(interval, cancellationToken);

    public void TellTopology(TopologySnapshot topology) => _good.TellTopology(topology);

    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) => _good.GetChangesAsync(since, cancellationToken);

    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) => _good.ReadBucketsAsync(range, cancellationToken);

    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        _good.ReadCopysetsAsync(fromMinute, toMinute, cancellationToken);

    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) => _good.ListBlocksAsync(range, cancellationToken);

    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) => _good.ReadPageAsync(range, cancellationToken);
}
