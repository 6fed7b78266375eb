using System.Collections.Immutable;
using AllData.Events;
using AllData.Membership;
using AllData.Placement;
using AllData.Puts;
using AllData.Replication;
using Orleans.Concurrency;
using Orleans.GrainDirectory;

namespace AllData.Coordination;

/// <summary>
/// The way into the silo's put service, which only takes what comes here: the work runs on the thread pool, because what is left to do after the
/// reply belongs to the silo, not to an activation that may be collected.
/// </summary>
/// <remarks>
/// Without the directory, because the runtime asks it about stateless workers too: the first call for a key would fail, through a healthy
/// silo, while the silo that keeps that key's part of the cluster's directory is dead and not yet known to be.
/// </remarks>
// Kept alive: Orleans plans the end of idle activations by the wall clock, and refuses every new one after that was set back.
// -1: as many workers as processors. Idle ones stay: to look for them is a timer for each of a thousand keys, twice a second.
[StatelessWorker(-1, removeIdleWorkers: false), KeepAlive, Reentrant, GrainDirectory(NoGrainDirectory.Name)]
internal sealed class PutCoordinatorGrain(PutService puts, StoreIdentity identity) : Grain, IPutCoordinatorGrain
{
    public Task<PutReceipt> Put(EventPayload payload, PutOptions? options) => puts.PutAsync(payload, options);

    public Task<PutReceipt> Put(EventKey key, EventPayload payload, PutOptions? options) =>
        puts.PutAsync(key, payload, options);

    public Task<PutResults> PutMany(EventBatch batch, PutOptions? options) =>
        puts.PutManyAsync(batch, options);

    public Task<ImmutableArray<EventKey>> ReserveKeys(int count) => puts.ReserveKeysAsync(count);

    public Task ReleaseKeys(ImmutableArray<EventKey> unused)
    {
        puts.ReleaseKeys(unused);
        return Task.CompletedTask;
    }

    public Task<StoreDescription> Describe() => Task.FromResult(identity.Describe());
}
