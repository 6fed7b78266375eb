using AllData.Errors;
using AllData.Events;
using AllData.Putting;
using AllData.Replication;

namespace AllData;

/// <summary>
/// Puts events from an application that has an Orleans client, or from within a silo. What many callers put at the same time is gathered into few
/// calls, spread over the gateways, and sent again under the same keys through another gateway when one fails, so that an event is never stored
/// twice. Safe for use by any number of threads; one for a process is enough.
/// </summary>
public sealed class AllDataClient : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<PutGeneration> _closed = [];
    private readonly AllDataClientOptions _options;
    private readonly TimeProvider _time;
    private readonly PutDispatcher _dispatcher;
    private readonly PutEntrance _entrance;
    private PutGeneration _current = new();
    private bool _isDisposed;

    /// <summary>Creates a client. It calls nobody before the first put.</summary>
    /// <param name="grains">An Orleans client, connected, or a silo's grain factory. It must outlive this.</param>
    /// <param name="options">How to gather, send and retry; null: the defaults.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">Options that cannot work.</exception>
    public AllDataClient(IGrainFactory grains, AllDataClientOptions? options = null, TimeProvider? time = null)
        : this(grains, options ?? new AllDataClientOptions(), time ?? TimeProvider.System, Random.Shared)
    {
    }

    internal AllDataClient(IGrainFactory grains, AllDataClientOptions options, TimeProvider time, Random chance)
    {
        ArgumentNullException.ThrowIfNull(grains);
        AllDataClientOptionsValidator.ThrowIfInvalid(options);
        _options = options;
        _time = time;
        _dispatcher = new PutDispatcher(grains, options, time, chance);
        _entrance = new PutEntrance(_dispatcher, options);
    }

    /// <summary>Stores an event under a fresh key and answers when the commit level is reached.</summary>
    /// <param name="payload">The event. Its bytes must not be written to any more.</param>
    /// <param name="options">What this put asks for; puts that ask for different things do not share a call.</param>
    /// <param name="cancellation">Ends the waiting. An event that has taken its place is stored all the same.</param>
    /// <exception cref="PutException">
    /// It failed for good: <see cref="PutException.Written"/> says what is known, and <see cref="PutException.Key"/> under which key to put it again.
    /// <see cref="OverloadedException"/> where it never left.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<PutReceipt>(cancellation);
        }

        return _entrance.EnterAsync(new OnePut(Begin()), payload, options, cancellation);
    }

    /// <summary>Stores any number of events. Not atomic: the answer has one result an event, in their order.</summary>
    /// <param name="payloads">The events. Their bytes must not be written to any more.</param>
    /// <param name="options">What this put asks for.</param>
    /// <param name="cancellation">Ends the waiting. Events that have taken their place are stored all the same; the others are not put.</param>
    /// <exception cref="ObjectDisposedException">The client is disposed.</exception>
    public Task<PutResults> PutManyAsync(
        IReadOnlyCollection<EventPayload> payloads, PutOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        cancellation.ThrowIfCancellationRequested();
        return payloads.Count == 0
            ? Task.FromResult(PutResults.Pack([]))
            : _entrance.EnterAsync(new ManyPut(payloads.Count, Begin()), payloads, options, cancellation);
    }

    /// <summary>Completes when every put that was made before is answered, with success or not.</summary>
    /// <param name="cancellation">Ends the waiting.</param>
    public Task FlushAsync(CancellationToken cancellation = default)
    {
        PutGeneration[] before;
        lock (_lock)
        {
            _closed.RemoveAll(static generation => generation.Drained.IsCompleted);
            _closed.Add(_current);
            _current.Close();
            _current = new PutGeneration();
            before = [.. _closed];
        }

        return Task.WhenAll(before.Select(static generation => generation.Drained)).WaitAsync(cancellation);
    }

    /// <summary>
    /// Takes no more puts and waits for those that were made, for as long as one may take at most. Whatever waits even then fails; what is under way is
    /// answered when its call ends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        try
        {
            // Once for the wait for room, once for the put.
            await FlushAsync().WaitAsync(_options.Timeout * 2, _time);
        }
        catch (TimeoutException)
        {
            // Puts of very many may need longer. The dispatcher ends them: no caller waits for ever, and the end of the application not for them.
        }

        await _dispatcher.DisposeAsync();
    }

    private PutGeneration Begin()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _current.Enter();
        }
    }
}
