using System.Collections.Immutable;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;

namespace AllData.Hosting;

/// <summary>
/// The puts of this silo, for a host that has a way in of its own, such as HTTP: what <see cref="IPutCoordinatorGrain"/> does, without a call
/// between grains for each.
/// </summary>
public sealed class AllDataPuts
{
    private readonly PutService _puts;

    internal AllDataPuts(PutService puts) => _puts = puts;

    /// <inheritdoc cref="IPutCoordinatorGrain.Put(EventPayload, PutOptions)"/>
    /// <exception cref="PutException">It failed.</exception>
    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options = null) => _puts.PutAsync(payload, options);

    /// <inheritdoc cref="IPutCoordinatorGrain.Put(EventKey, EventPayload, PutOptions)"/>
    /// <exception cref="PutException">It failed.</exception>
    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options = null) => _puts.PutAsync(key, payload, options);

    /// <inheritdoc cref="IPutCoordinatorGrain.PutMany"/>
    /// <exception cref="PutException">The batch as a whole is not acceptable.</exception>
    public Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? options = null) => _puts.PutManyAsync(batch, options);

    /// <inheritdoc cref="IPutCoordinatorGrain.ReserveKeys"/>
    /// <exception cref="PutException">The count is out of range, or no key can be issued.</exception>
    public Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count) => _puts.ReserveKeysAsync(count);
}
