using System.Collections.Immutable;
using AllData.Events;
using AllData.Replication;
using Orleans.Concurrency;

namespace AllData.Coordination;

/// <summary>
/// The way into the silo's put service. The work runs on the thread pool: what is left to do after the reply belongs to the silo, not to an
/// activation that may be collected.
/// </summary>
[StatelessWorker, Reentrant]
internal sealed class PutCoordinatorGrain(PutService puts) : Grain, IPutCoordinatorGrain
{
    public Task<PutReceipt> Put(EventPayload payload, PutOptions? options) => Task.Run(() => puts.PutAsync(payload, options));

    public Task<PutReceipt> Put(EventKey key, EventPayload payload, PutOptions? options) =>
        Task.Run(() => puts.PutAsync(key, payload, options));

    public Task<ImmutableArray<PutResult>> PutMany(EventBatch batch, PutOptions? options) =>
        Task.Run(() => puts.PutManyAsync(batch, options));

    public Task<ImmutableArray<EventKey>> ReserveKeys(int count) => Task.Run(() => puts.ReserveKeysAsync(count));
}
