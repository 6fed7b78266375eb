using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using AllData.Coordination;
using AllData.Events;
using AllData.Peers;
using AllData.Puts;
using AllData.Reading;
using AllData.Replication;
using AllData.Silo.Http;

namespace AllData.Tests.Support;

/// <summary>A put as it reached the store.</summary>
internal sealed record ArrivedPut(EventKey? Key, byte[] Bytes, PutOptions? Options);

/// <summary>Takes every put and remembers it; what it answers can be set.</summary>
internal sealed class FakeEventStore : IAllDataPuts, IEventReader
{
    public static readonly EventKey FreshKey = EventKey.Parse("20260102T030405006000100042");

    public static readonly Replica NorthA = new(PeerId.Parse("north-a"), new PeerLocation("north", "a"));

    public static readonly Replica WestC = new(PeerId.Parse("west-c"), new PeerLocation("west", "c"));

    public ConcurrentQueue<ArrivedPut> Puts { get; } = new();

    /// <summary>Called for each put; its answer is the put's.</summary>
    public Func<ArrivedPut, Task<PutReceipt>> OnPut { get; set; } = put => Task.FromResult(Receipt(put.Key ?? FreshKey));

    /// <summary>Called for each put of many, with the events; its answer is theirs. Stored when not given.</summary>
    public Func<EventBatch, Task<PutResults>> OnPutMany { get; set; } = batch => Task.FromResult(AllStored(batch));

    /// <summary>Called for each reservation.</summary>
    public Func<int, ImmutableArray<EventKey>> OnReserve { get; set; }

    /// <summary>The batches as they reached the store.</summary>
    public ConcurrentQueue<EventBatch> Batches { get; } = new();

    /// <summary>Reserved keys that were given back.</summary>
    public ConcurrentQueue<EventKey> Released { get; } = new();

    /// <summary>The options of each call.</summary>
    public ConcurrentQueue<PutOptions?> Asked { get; } = new();

    /// <summary>The payloads of all batches, as text.</summary>
    public string[] Lines => [.. Batches.SelectMany(PayloadsOf)];

    /// <summary>Called for each read.</summary>
    public Func<EventKey, EventReadResult> OnGet { get; set; } = key => new EventReadResult(key, [], []);

    /// <summary>Called for each scan.</summary>
    public Func<FollowStart, IAsyncEnumerable<FollowPage>> OnFollow { get; set; } = static _ => throw new InvalidOperationException("Nothing follows.");

    /// <summary>Answers live readers.</summary>
    public Func<FollowStart, IAsyncEnumerable<FollowPage>> OnFollowLive { get; set; } =
        static _ => throw new InvalidOperationException("Nothing follows live.");

    public Func<ScanRange, IAsyncEnumerable<ScanPage>> OnScan { get; set; } = range => new FakeScan().Read(range);

    private int _reserved;

    public FakeEventStore() => OnReserve = count =>
        [.. Enumerable.Range(Interlocked.Add(ref _reserved, count) - count, count).Select(i => ReservedKey(i))];

    /// <summary>The keys that are reserved, in their order.</summary>
    public static EventKey ReservedKey(int index) => EventKey.Create(
        FreshKey.UnixMilliseconds + (index / 10_000), FreshKey.Ordinal, EventKey.FirstReservedSequence + (index % 10_000));

    /// <summary>The payloads of a batch, as text.</summary>
    public static string[] PayloadsOf(EventBatch batch)
    {
        var payloads = new List<string>();
        var reader = batch.GetReader();
        while (reader.MoveNext())
        {
            payloads.Add(Encoding.UTF8.GetString(reader.Current.Payload));
        }

        return [.. payloads];
    }

    /// <summary>Answers that all events of a batch are stored.</summary>
    public static PutResults AllStored(EventBatch batch)
    {
        var answer = new PutAnswer { Replicas = [NorthA, WestC], Level = CommitLevel.Quorum, Adherence = Adherence.UnderReplicated };
        return Answered(batch, _ => answer);
    }

    /// <summary>Answers each event of a batch by its place.</summary>
    public static PutResults Answered(EventBatch batch, Func<int, PutAnswer> answer)
    {
        var results = new List<(EventKey?, PutAnswer)>();
        var reader = batch.GetReader();
        while (reader.MoveNext())
        {
            results.Add((reader.Current.Key, answer(results.Count)));
        }

        return PutResults.Pack([.. results]);
    }

    public static PutReceipt Receipt(EventKey key, PutOutcome outcome = PutOutcome.Stored) =>
        new(key, outcome, [NorthA, WestC], CommitLevel.Quorum, Adherence.UnderReplicated);

    public static StoredEvent Stored(EventKey key, byte[] bytes, params ImmutableArray<string> holders) =>
        new(EventPayload.FromBytes(bytes), EventDigest.Of(key, bytes), [.. holders.Select(PeerId.Parse)]);

    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options) => Take(new ArrivedPut(null, payload.Bytes, options));

    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options) =>
        Take(new ArrivedPut(key, payload.Bytes, options));

    public Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? options)
    {
        Batches.Enqueue(batch);
        Asked.Enqueue(options);
        return OnPutMany(batch);
    }

    public Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count) => Task.FromResult(OnReserve(count));

    public void ReleaseKeys(ImmutableArray<EventKey> unused)
    {
        foreach (var key in unused)
        {
            Released.Enqueue(key);
        }
    }

    public Task<EventReadResult> GetAsync(EventKey key, CancellationToken cancellationToken) => Task.FromResult(OnGet(key));

    public EventScan Scan(ScanRange range) => GrainStub.Of<IGrainFactory>(
        (_, _) => GrainStub.Of<IEventScanGrain>((_, args) => OnScan((ScanRange)args[0]!))).CreateEventReader().Scan(range);

    public EventFollow FollowAsync(FollowStart start) => EventFollow.Of(OnFollow(start), start);

    public EventFollow FollowAsync(FollowStart start, FollowMode mode) =>
        EventFollow.Of((mode == FollowMode.Live ? OnFollowLive : OnFollow)(start), start);

    private Task<PutReceipt> Take(ArrivedPut put)
    {
        Puts.Enqueue(put);
        return OnPut(put);
    }
}
