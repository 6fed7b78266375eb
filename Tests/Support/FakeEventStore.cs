using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Events;
using AllData.Http;
using AllData.Peers;
using AllData.Reading;
using AllData.Replication;

namespace AllData.Tests.Support;

/// <summary>A put as it reached the store.</summary>
internal sealed record ArrivedPut(EventKey? Key, byte[] Bytes, PutOptions? Options);

/// <summary>Takes every put and remembers it; what it answers can be set.</summary>
internal sealed class FakeEventStore : IEventStore
{
    public static readonly EventKey FreshKey = EventKey.Parse("20260102T030405006000100042");

    public static readonly Replica NorthA = new(PeerId.Parse("north-a"), new PeerLocation("north", "a"));

    public static readonly Replica WestC = new(PeerId.Parse("west-c"), new PeerLocation("west", "c"));

    public ConcurrentQueue<ArrivedPut> Puts { get; } = new();

    /// <summary>Called for each put; its answer is the put's.</summary>
    public Func<ArrivedPut, Task<PutReceipt>> OnPut { get; set; } = put => Task.FromResult(Receipt(put.Key ?? FreshKey));

    /// <summary>Called for each read.</summary>
    public Func<EventKey, ReadResult> OnGet { get; set; } = key => new ReadResult(key, [], []);

    /// <summary>Called for each scan.</summary>
    public Func<ScanRange, IAsyncEnumerable<ScanPage>> OnScan { get; set; } = range => new FakeScan().Read(range);

    public static PutReceipt Receipt(EventKey key, PutOutcome outcome = PutOutcome.Stored) =>
        new(key, outcome, [NorthA, WestC], CommitLevel.Quorum, Adherence.UnderReplicated);

    public static StoredEvent Stored(EventKey key, byte[] bytes, params ImmutableArray<string> holders) =>
        new(EventPayload.FromBytes(bytes), EventDigest.Of(key, bytes), [.. holders.Select(PeerId.Parse)]);

    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options) => Take(new ArrivedPut(null, payload.Bytes, options));

    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options) =>
        Take(new ArrivedPut(key, payload.Bytes, options));

    public Task<ReadResult> GetAsync(EventKey key) => Task.FromResult(OnGet(key));

    public EventScan Scan(ScanRange range) => GrainStub.Of<IGrainFactory>(
        (_, _) => GrainStub.Of<IEventScanGrain>((_, args) => OnScan((ScanRange)args[0]!))).CreateEventReader().Scan(range);

    private Task<PutReceipt> Take(ArrivedPut put)
    {
        Puts.Enqueue(put);
        return OnPut(put);
    }
}
