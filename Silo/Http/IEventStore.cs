using System.Collections.Immutable;
using AllData.Events;
using AllData.Hosting;
using AllData.Reading;
using AllData.Replication;

namespace AllData.Http;

/// <summary>What HTTP needs of the store: the coordinator and the reader, without the grains around them.</summary>
internal interface IEventStore
{
    /// <summary>Stores an event under a fresh key.</summary>
    Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options);

    /// <summary>Stores an event under a given key.</summary>
    Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options);

    /// <summary>Stores many events; one result each, in their order.</summary>
    Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? options);

    /// <summary>Keys of this silo's own, with which a put can be tried again.</summary>
    Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count);

    /// <summary>Asks the peers for a key.</summary>
    Task<ReadResult> GetAsync(EventKey key);

    /// <summary>The events of a range.</summary>
    EventScan Scan(ScanRange range);
}

/// <summary>The store of this silo: puts without a call between grains, reading through them.</summary>
internal sealed class SiloEventStore(AllDataPuts puts, IGrainFactory grains) : IEventStore
{
    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options) => puts.PutAsync(payload, options);

    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options) =>
        puts.PutAsync(key, payload, options);

    public Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? options) => puts.PutManyAsync(batch, options);

    public Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count) => puts.ReserveKeysAsync(count);

    public Task<ReadResult> GetAsync(EventKey key) => grains.GetEventReader().Get(key);

    public EventScan Scan(ScanRange range) => grains.CreateEventReader().Scan(range);
}
