using System.Collections.Immutable;
using System.Reflection;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Simulation.Storage;
using AllData.Storage.Engine;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>A replica that holds blocks in memory and answers a scan as a store does; what goes wrong can be set.</summary>
internal sealed class FakePeer
{
    private readonly List<Block> _blocks = [];

    public FakePeer(string name)
    {
        Id = PeerId.Parse(name);
        Grain = GrainStub.Of<IReplicaStorageGrain>(Answer);
    }

    public PeerId Id { get; }

    public IReplicaStorageGrain Grain { get; }

    /// <summary>Blocks that cannot be read any more.</summary>
    public HashSet<BlockId> Damaged { get; } = [];

    /// <summary>Intervals that it may have lost something of.</summary>
    public ImmutableArray<DamagedInterval> Lost { get; set; } = [];

    /// <summary>Minutes that it says something about in one answer, at most.</summary>
    public long MinutesAtOnce { get; set; } = long.MaxValue;

    /// <summary>Blocks of a page, at most.</summary>
    public int PageBlocks { get; set; } = 2;

    /// <summary>Called before a page of blocks; throws where the peer is to fail.</summary>
    public Func<BlockRange, Task> BeforePage { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Called before buckets are told.</summary>
    public Func<BucketRange, Task> BeforeBuckets { get; set; } = static _ => Task.CompletedTask;

    /// <summary>Answers for its low watermark; throws where the silo is to be silent.</summary>
    public Func<Task<EventKey>> Watermark { get; set; } = static () => Task.FromException<EventKey>(new TimeoutException("It does not answer."));

    /// <summary>Whether it knows blocks of late events.</summary>
    public bool TakesLate { get; set; } = true;

    /// <summary>Blocks of late events that it lists and does not hold.</summary>
    public ImmutableArray<LateBlock> Made { get; init; } = [];

    /// <summary>Pages of blocks given.</summary>
    public int Pages { get; private set; }

    public FakePeer Hold(params Block[] blocks)
    {
        lock (_blocks)
        {
            _blocks.AddRange(blocks);
        }

        return this;
    }

    private object Answer(MethodInfo method, object?[] args) => method.Name switch
    {
        nameof(IReplicaStorageGrain.ReadBuckets) => ReadBucketsAsync((BucketRange)args[0]!),
        nameof(IReplicaStorageGrain.GetLowWatermark) => Watermark(),
        nameof(IReplicaStorageGrain.ReadBlocks) => ReadBlocksAsync((BlockRange)args[0]!),
        nameof(IReplicaStorageGrain.LookUp) => Task.FromResult<ImmutableArray<HeldKey>>(
            [.. ((ImmutableArray<EventKey>)args[0]!).Select(key => new HeldKey(key, [.. EventsUnder(key).Select(e => EventDigest.Of(key, e.Bytes))]))]),
        nameof(IReplicaStorageGrain.Read) => Task.FromResult(EventsUnder((EventKey)args[0]!)),
        _ => throw new NotSupportedException(method.Name),
    };

    private async Task<BucketPage> ReadBucketsAsync(BucketRange range)
    {
        await BeforeBuckets(range);
        if (range.Late is { } late && TakesLate)
        {
            return LateListing.PageOf(late, [.. Made, .. Held().Where(b => b.IsLateIn(late)).Select(static b => b.ToLate())], Lost);
        }

        var coveredTo = UnixMinute.Min(range.ToMinute, range.FromMinute + MinutesAtOnce);
        var buckets = Held().Select(static b => b.Header)
            .Where(h => h.UnixMinute >= range.FromMinute && h.UnixMinute < coveredTo)
            .GroupBy(static h => (h.UnixMinute, h.BucketId))
            .OrderBy(static g => g.Key)
            .Select(static g => new BucketSum(
                g.Key.BucketId, g.Key.UnixMinute, g.Count(), g.Sum(static h => (long)h.EventCount),
                g.Select(static h => h.EventDigestSum).Aggregate(static (a, b) => a + b)));
        return new BucketPage([.. buckets], coveredTo, Lost);
    }

    private async Task<BlockPage> ReadBlocksAsync(BlockRange range)
    {
        await BeforePage(range);
        var rest = Held().Select(static (b, number) => (Block: b, At: new BlockPosition(b.Header.FirstKey, b.Header.LastKey, number)))
            .Where(b => b.At.Last >= range.From && b.At.First < range.To && range.Copysets.Contains(b.Block.Header.BucketId))
            .OrderBy(static b => b.At.First).ThenBy(static b => b.At.Last).ThenBy(static b => b.At.Number)
            .SkipWhile(b => range.After is { } after && (b.At.First, b.At.Last, b.At.Number).CompareTo((after.First, after.Last, after.Number)) <= 0)
            .ToArray();
        var page = rest.Take(PageBlocks).ToArray();
        Pages++;
        return new BlockPage(
            [.. page.Where(b => !Damaged.Contains(b.Block.Header.Id)).SelectMany(static b => b.Block.Bytes.Bytes)],
            [.. page.Where(b => Damaged.Contains(b.Block.Header.Id))
                .Select(static b => new DamagedBlock(b.Block.Header.BucketId, b.At.First, b.At.Last, "Its digest does not match."))],
            rest.Length > page.Length ? page[^1].At : null);
    }

    private ImmutableArray<EventPayload> EventsUnder(EventKey key) =>
        [.. Held().SelectMany(EventsOf).Where(e => e.Key == key).Select(static e => e.Payload)];

    private static IEnumerable<(EventKey Key, EventPayload Payload)> EventsOf(Block block)
    {
        var events = new List<(EventKey, EventPayload)>();
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            events.Add((reader.Current.Key, EventPayload.FromBytes(reader.Current.Payload.ToArray())));
        }

        return events;
    }

    private Block[] Held()
    {
        lock (_blocks)
        {
            return [.. _blocks];
        }
    }
}
