using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Replication;

namespace AllData;

/// <summary>
/// Puts events. The interface that an application depends on: <see cref="AllDataClient"/> implements it, and a test may implement its own.
/// </summary>
public interface IAllDataClient
{
    /// <summary>Stores an event under a fresh key and answers when the commit level is reached.</summary>
    /// <param name="payload">The event. Its bytes must not change any more.</param>
    /// <param name="options">What this put requests; puts with different options do not share a call.</param>
    /// <param name="cancellation">Ends the waiting. An event that has been admitted is stored all the same.</param>
    /// <exception cref="PutException">
    /// It failed for good: <see cref="PutException.Written"/> says what is known, and <see cref="PutException.Key"/> under which key to put it again.
    /// <see cref="OverloadedException"/> if it was never sent.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default);

    /// <summary>
    /// Stores an event under a given key: one reserved before, imported, or from a put that failed. Safe to retry: the same bytes are found again
    /// (<see cref="PutOutcome.AlreadyStored"/>), other bytes are a <see cref="KeyConflictException"/>.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="payload">The event. Its bytes must not change any more.</param>
    /// <param name="options">What this put requests.</param>
    /// <param name="cancellation">Ends the waiting. An event that has been admitted is stored all the same.</param>
    /// <exception cref="PutException">It failed for good: <see cref="PutException.Written"/> says what is known.</exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Stores any number of events. Not atomic: the answer has one result per event, in their order.</summary>
    /// <param name="payloads">The events. Their bytes must not change any more.</param>
    /// <param name="options">What this put requests.</param>
    /// <param name="cancellation">
    /// Ends the waiting: events that have been admitted are stored all the same; the others are not put. To learn the outcome of each event, do not
    /// cancel: <see cref="AllDataClient.CloseAsync"/> answers every put within its bound.
    /// </param>
    /// <returns>Results with a receipt or an error each; an error has the event's key once there is one.</returns>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    Task<PutResults> PutManyAsync(IReadOnlyCollection<EventPayload> payloads, PutOptions? options = null, CancellationToken cancellation = default);

    /// <summary>
    /// Stores any number of events under given keys, each safe to retry. Not atomic: the answer has one result per event, in their order.
    /// </summary>
    /// <param name="events">The events and their keys. Their bytes must not change any more.</param>
    /// <param name="options">What this put requests.</param>
    /// <param name="cancellation">Ends the waiting, as with the other put of many.</param>
    /// <returns>Results with a receipt or an error each.</returns>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    Task<PutResults> PutManyAsync(
        IReadOnlyCollection<KeyValuePair<EventKey, EventPayload>> events, PutOptions? options = null, CancellationToken cancellation = default);

    /// <summary>Completes when every put that was made before is answered, with success or not.</summary>
    /// <param name="cancellation">Ends the waiting.</param>
    Task FlushAsync(CancellationToken cancellation = default);
}
