using System.Collections.Immutable;
using AllData.Batching;
using AllData.Errors;
using AllData.Events;
using AllData.Puts;
using AllData.Putting;
using AllData.Reading;
using AllData.Replication;

namespace AllData;

/// <summary>
/// Puts events from an application that has an Orleans client, or from within a silo. Puts made by many callers at the same time are gathered into
/// few calls and spread over the gateways. When a gateway fails, they are sent again under the same keys through another one, so that an event is
/// never stored twice. Safe for use by any number of threads; one per process is enough. Code that only puts takes <see cref="IAllDataClient"/>.
/// </summary>
public sealed class AllDataClient : IAllDataClient, IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<FlushEpoch> _closed = [];
    private readonly AllDataClientOptions _options;
    private readonly TimeProvider _time;
    private readonly PutDispatcher _dispatcher;
    private readonly PutIntake _entrance;
    private readonly RegionWatch _watch;
    private FlushEpoch _current = new();
    private bool _isDisposed;

#pragma warning disable RS0030 // Where an application makes its client the randomness is named, once.
    /// <summary>Creates a client. It makes no call before the first put.</summary>
    /// <param name="grains">An Orleans client, connected, or a silo's grain factory. It must outlive this.</param>
    /// <param name="options">How to gather, send and retry; null: the defaults.</param>
    /// <param name="time">The clock; null: the system's.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The options are invalid.</exception>
    public AllDataClient(IGrainFactory grains, AllDataClientOptions? options = null, TimeProvider? time = null)
        : this(grains, options ?? new AllDataClientOptions(), time ?? TimeProvider.System, Random.Shared)
    {
    }
#pragma warning restore RS0030

    internal AllDataClient(IGrainFactory grains, AllDataClientOptions options, TimeProvider time, Random random)
    {
        ArgumentNullException.ThrowIfNull(grains);
        AllDataClientOptionsValidator.ThrowIfInvalid(options);
        _options = options;
        _time = time;
        _dispatcher = new PutDispatcher(grains, options, time, random);
        _entrance = new PutIntake(_dispatcher, options);
        _watch = new RegionWatch(new GrainEventReader(grains), time);
    }

    /// <summary>Number of resends so far.</summary>
    public long Retried => _dispatcher.Retried;

    /// <inheritdoc/>
    public Task<PutReceipt> PutAsync(EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default)
    {
        if (cancellation.IsCancellationRequested)
        {
            return Task.FromCanceled<PutReceipt>(cancellation);
        }

        return _entrance.EnterAsync(new SinglePutPromise(Begin()), payload, options, cancellation);
    }

    /// <inheritdoc/>
    public Task<PutReceipt> PutAsync(EventKey key, EventPayload payload, PutOptions? options = null, CancellationToken cancellation = default) =>
        cancellation.IsCancellationRequested
            ? Task.FromCanceled<PutReceipt>(cancellation)
            : _entrance.EnterAsync(new OneKeyedPut(key, Begin()), payload, options, cancellation);

    /// <inheritdoc/>
    public Task<PutResults> PutManyAsync(
        IReadOnlyCollection<EventPayload> payloads, PutOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(payloads);
        cancellation.ThrowIfCancellationRequested();
        return payloads.Count == 0
            ? Task.FromResult(PutResults.Pack([]))
            : _entrance.EnterAsync(new PutManyPromise(payloads.Count, keys: null, Begin()), payloads, options, cancellation);
    }

    /// <inheritdoc/>
    public Task<PutResults> PutManyAsync(
        IReadOnlyCollection<KeyValuePair<EventKey, EventPayload>> events, PutOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(events);
        cancellation.ThrowIfCancellationRequested();
        if (events.Count == 0)
        {
            return Task.FromResult(PutResults.Pack([]));
        }

        EventKey[] keys = [.. events.Select(static e => e.Key)];
        return _entrance.EnterAsync(new PutManyPromise(keys.Length, keys, Begin()), events.Select(static e => e.Value), options, cancellation);
    }

    /// <inheritdoc/>
    public Task FlushAsync(CancellationToken cancellation = default)
    {
        FlushEpoch[] before;
        lock (_lock)
        {
            _closed.RemoveAll(static generation => generation.Drained.IsCompleted);
            _closed.Add(_current);
            _current.Close();
            _current = new FlushEpoch();
            before = [.. _closed];
        }

        return Task.WhenAll(before.Select(static generation => generation.Drained)).WaitAsync(cancellation);
    }

    /// <summary>
    /// Completes when an event that was put is held durably in so many regions, for an application that goes on only then. Repair brings a copy to a region
    /// that was cut off when the event was put, once it is back. It asks which peers hold the event, more and more rarely, at most every 5 s.
    /// </summary>
    /// <param name="receipt">The event's receipt.</param>
    /// <param name="regions">How many regions, 1 or more.</param>
    /// <param name="within">How long to wait at most.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>The regions that hold it.</returns>
    /// <exception cref="TimeoutException">It was not found in so many regions in time. It is stored where the receipt says.</exception>
    public Task<ImmutableArray<string>> WhenInRegionsAsync(PutReceipt receipt, int regions, TimeSpan within, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(receipt);
        ArgumentOutOfRangeException.ThrowIfLessThan(regions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(within, TimeSpan.Zero);
        return _watch.WhenInAsync(receipt, regions, within, cancellation);
    }

    /// <summary>
    /// Takes no more puts and waits for the pending ones, up to a bound. Then it answers each remaining put with what is known of it: if it was not
    /// sent, that nothing was written; if it was, that its outcome is unknown, with its key. When this completes, every put is answered.
    /// </summary>
    /// <param name="within">How long to wait, 0 or more.</param>
    public async Task CloseAsync(TimeSpan within)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(within, TimeSpan.Zero);
        Close();
        try
        {
            await FlushAsync().WaitAsync(within, _time);
        }
        catch (TimeoutException)
        {
            await _dispatcher.CutAsync();
            await FlushAsync();
        }

        await _dispatcher.DisposeAsync();
    }

    /// <summary>
    /// Takes no more puts and waits for those that were made, for as long as one may take at most. Whatever waits even then fails; what is in flight is
    /// answered when its call ends.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Close();
        try
        {
            // Once for the wait for room, once for the put.
            await FlushAsync().WaitAsync(_options.Timeout * 2, _time);
        }
        catch (TimeoutException)
        {
            // A put of very many events may need longer. The dispatcher ends it, so that neither a caller nor application shutdown waits forever.
        }

        await _dispatcher.DisposeAsync();
    }

    private void Close()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }
    }

    private FlushEpoch Begin()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _current.Enter();
        }
    }
}
