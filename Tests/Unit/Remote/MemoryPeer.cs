using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Remote;
using AllData.Remote.Conformance;
using AllData.Replication;
using AllData.Tests.Unit.Repair;

namespace AllData.Tests.Unit.Remote;

/// <summary>A peer in memory, as a custom client would reach one; what it answers, and when, can be set.</summary>
internal sealed class MemoryPeer : IReplica
{
    private readonly Lock _gate = new();
    private readonly MemoryReplica _blocks = new() { PageBlocks = 2 };
    private readonly Dictionary<BlockId, Block> _byId = [];

    /// <summary>Called before each answer with the name of the call; throws or waits where the peer is to fail.</summary>
    public Func<string, Task> Before { get; set; } = static _ => Task.CompletedTask;

    /// <summary>The token of the last call that has one.</summary>
    public CancellationToken LastToken { get; private set; }

    /// <summary>Blocks that arrived, as they did.</summary>
    public ConcurrentQueue<BlockBytes> Arrived { get; } = new();

    /// <summary>Topology versions that were told.</summary>
    public ConcurrentQueue<long> Told { get; } = new();

    public Task<AppendReply> AppendAsync(BlockBytes block) => AnswerAsync("append", () => Append(block));

    public Task PingAsync() => AnswerAsync("ping", static () => true);

    public Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys) => AnswerAsync("look-up", () => LookUp(keys));

    public Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry) =>
        AnswerAsync("look-up-to-put", () => LookUp([.. inquiry.Claiming.Select(static k => k.Key), .. inquiry.Looking]));

    public Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys) =>
        AnswerAsync<ImmutableArray<KeyIssuance>>("judge-keys", () => [.. keys.Select(static _ => KeyIssuance.Passed)]);

    public Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key) => AnswerAsync<ImmutableArray<EventPayload>>(
        "read", () => [.. EventsUnder(key).Select(static e => e.Payload).Distinct()]);

    public Task<EventKey> GetLowWatermarkAsync() => AnswerAsync("get-low-watermark", static () => TestKeys.One);

    public Task<ClockReading> ReadClockAsync() => AnswerAsync("read-clock", static () => new ClockReading(1_767_614_400_000, -5));

    public Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken) =>
        AskAsync("get-numbers", () => Task.FromResult<ImmutableArray<NumberReport>>(
        [
            new NumberReport(1, 4, interval, -1, 7, NumberRanges.Of([3L]), NumberRanges.None, false),
            new NumberReport(1, 5, interval, 2, 2, NumberRanges.None, NumberRanges.Of([0L]), false),
        ]), cancellationToken);

    public void TellTopology(TopologySnapshot topology) => Told.Enqueue(topology.Version);

    public Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken) =>
        AskAsync("get-changes", () => _blocks.GetChangesAsync(since, cancellationToken), cancellationToken);

    public Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken) =>
        AskAsync("read-buckets", () => _blocks.ReadBucketsAsync(range, cancellationToken), cancellationToken);

    public Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken) =>
        AskAsync("read-copysets", () => _blocks.ReadCopysetsAsync(fromMinute, toMinute, cancellationToken), cancellationToken);

    public Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken) =>
        AskAsync("list-blocks", () => _blocks.ListBlocksAsync(range, cancellationToken), cancellationToken);

    public Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken) =>
        AskAsync("fetch-blocks", () => _blocks.FetchBlocksAsync(fetch, cancellationToken), cancellationToken);

    public Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken) =>
        AskAsync("read-page", () => _blocks.ReadPageAsync(range, cancellationToken), cancellationToken);

    private AppendReply Append(BlockBytes bytes)
    {
        Arrived.Enqueue(bytes);
        try
        {
            var block = BlockCodec.Decode(bytes.Bytes);
            if (!_byId.TryAdd(block.Header.Id, block))
            {
                return AppendReply.AlreadyStored;
            }

            _blocks.Hold(block);
            return AppendReply.Stored;
        }
        catch (BlockFormatException e)
        {
            return new AppendReply(AppendStatus.Invalid, e.Message);
        }
    }

    private ImmutableArray<HeldKey> LookUp(ImmutableArray<EventKey> keys) =>
        [.. keys.Select(key => new HeldKey(key, [.. EventsUnder(key).Select(e => EventDigest.Of(key, e.Payload.Bytes)).Distinct()]))];

    private IEnumerable<(EventKey Key, EventPayload Payload)> EventsUnder(EventKey key) =>
        _byId.Values.SelectMany(SampleBlocks.EventsOf).Where(e => e.Key == key);

    private Task<T> AskAsync<T>(string call, Func<Task<T>> answer, CancellationToken token)
    {
        LastToken = token;
        return AnswerAsync(call, () => answer().Result);
    }

    private async Task<T> AnswerAsync<T>(string call, Func<T> answer)
    {
        await Before(call);
        lock (_gate)
        {
            return answer();
        }
    }
}

/// <summary>The sample of a custom client: its address is a name of a peer in this process.</summary>
internal sealed class MemoryPeerClient : IPeerClient
{
    private readonly ConcurrentDictionary<string, IReplica> _peers = new();

    public PeerCapabilities Capabilities { get; init; } = PeerCapabilities.All;

    /// <summary>Puts a peer behind an address.</summary>
    public MemoryPeerClient With(string address, IReplica replica)
    {
        _peers[address] = replica;
        return this;
    }

    public IReplica Connect(PeerId peer, string address) =>
        _peers.TryGetValue(address, out var replica) ? replica : throw new FormatException($"'{address}' is no peer in memory.");
}

internal static class TestKeys
{
    public static EventKey One { get; } = EventKey.Create(1_767_614_400_000, 1, 50_001);

    public static EventKey Two { get; } = EventKey.Create(1_767_614_400_001, 2, 7);
}
