using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Coordination;

/// <summary>
/// The puts of this silo, for a host that has a way in of its own, such as HTTP: what <see cref="IPutCoordinatorGrain"/> does, without a call
/// between grains for each. A service of every silo with <c>AddAllData</c>.
/// </summary>
public interface IAllDataPuts
{
    /// <inheritdoc cref="IPutCoordinatorGrain.Put(EventPayload, PutOptions)"/>
    /// <exception cref="PutException">It failed.</exception>
    Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options = null);

    /// <inheritdoc cref="IPutCoordinatorGrain.Put(EventKey, EventPayload, PutOptions)"/>
    /// <exception cref="PutException">It failed.</exception>
    Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options = null);

    /// <inheritdoc cref="IPutCoordinatorGrain.PutMany"/>
    /// <exception cref="PutException">The batch as a whole is not acceptable.</exception>
    Task<PutResults> PutManyAsync(EventBatch batch, PutOptions? options = null);

    /// <inheritdoc cref="IPutCoordinatorGrain.ReserveKeys"/>
    /// <exception cref="PutException">The count is out of range, or no key can be issued.</exception>
    Task<ImmutableArray<EventKey>> ReserveKeysAsync(int count);

    /// <inheritdoc cref="IPutCoordinatorGrain.ReleaseKeys"/>
    /// <exception cref="PutException">There are too many keys.</exception>
    void ReleaseKeys(ImmutableArray<EventKey> unused);
}
