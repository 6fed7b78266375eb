using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData;

/// <summary>
/// Takes puts at the silo where the call comes in. Stateless: any integer is a coordinator. An Orleans client chooses its gateway by the
/// grain's key, so use many keys (<see cref="GrainFactoryExtensions.GetPutCoordinator"/> does).
/// </summary>
[Alias("AllData.IPutCoordinatorGrain")]
public interface IPutCoordinatorGrain : IGrainWithIntegerKey
{
    /// <summary>Stores an event under a fresh key and answers when the commit level is reached.</summary>
    /// <exception cref="PutException">It failed; the kind and its data say what is known about the event.</exception>
    [Alias("Put")]
    Task<PutReceipt> Put(EventPayload payload, PutOptions? options = null);

    /// <summary>
    /// Stores an event under a given key: one reserved before, or an imported one. Safe to retry: the same bytes are found again
    /// (<see cref="PutOutcome.AlreadyStored"/>), other bytes are a <see cref="KeyConflictException"/>.
    /// </summary>
    /// <exception cref="PutException">It failed; the kind and its data say what is known about the event.</exception>
    [Alias("PutKeyed")]
    Task<PutReceipt> Put(EventKey key, EventPayload payload, PutOptions? options = null);

    /// <summary>Stores many events. Not atomic: the answer has one result per event, in the order of the batch.</summary>
    /// <exception cref="EventTooLargeException">The batch is larger than a put of many may be; nothing was written.</exception>
    /// <exception cref="InvalidEventException">The batch is empty or its options are not valid; nothing was written.</exception>
    /// <exception cref="ClusterDroppedException">The other clusters of the store have dropped this one; nothing was written.</exception>
    [Alias("PutMany")]
    Task<PutResults> PutMany(EventBatch batch, PutOptions? options = null);

    /// <summary>
    /// Hands out keys for later puts, so that a put can be retried through another gateway with the same key. They need not be used; but readers that follow
    /// wait for them, for 35 s at most, until they are put or released.
    /// </summary>
    /// <param name="count">1 to the silo's limit (as many as a put of many takes).</param>
    /// <exception cref="InvalidEventException">The count is out of range.</exception>
    /// <exception cref="KeysUnavailableException">No key can be issued here now.</exception>
    /// <exception cref="ClusterDroppedException">The other clusters of the store have dropped this one.</exception>
    [Alias("ReserveKeys")]
    Task<ImmutableArray<EventKey>> ReserveKeys(int count);

    /// <summary>
    /// Gives keys back that <see cref="ReserveKeys"/> of the same silo has handed out and that will not be used, so that no reader waits for them. Keys that
    /// this silo does not know as unused change nothing. A key that is put all the same is one that an application chose.
    /// </summary>
    /// <param name="unused">The keys, as many as one reservation may have at most.</param>
    /// <exception cref="InvalidEventException">There are too many keys.</exception>
    [Alias("ReleaseKeys")]
    Task ReleaseKeys(ImmutableArray<EventKey> unused);

    /// <summary>Says which store this silo belongs to and what it takes.</summary>
    [Alias("Describe")]
    Task<StoreDescription> Describe();
}
