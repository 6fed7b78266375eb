using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// Follows the store as a named consumer, whose position the cluster keeps: from where it was acknowledged, and so that each event is given at least once,
/// whichever process consumes. Enumerate it once, as events or (faster) as pages, and acknowledge what is done with. Beginning takes the consumer from its
/// former holder, whose next acknowledgement is refused.
/// </summary>
public sealed class EventConsumer : IAsyncEnumerable<ScannedEvent>, IDisposable
{
    /// <summary>
    /// An acknowledgement of no event is written at most as often: a consumer of a store at rest must not write every second.
    /// </summary>
    public static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly IEventReader _reader;
    private readonly IConsumerPositions _positions;
    private readonly FollowStart _start;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _oneAcknowledgement = new(1, 1);
    private EventFollow? _follow;
    private ConsumerPosition? _held;
    private EventKey? _lastEvent;
    private long _writtenAt;

    /// <summary>A consumer over any reader and positions, as a test brings them.</summary>
    /// <param name="reader">Reads the store.</param>
    /// <param name="positions">Keeps the position.</param>
    /// <param name="name">The consumer.</param>
    /// <param name="start">Where a new one begins.</param>
    /// <param name="time">The clock.</param>
    public EventConsumer(IEventReader reader, IConsumerPositions positions, ConsumerName name, FollowStart start, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(positions);
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(time);
        if (start.Topic is not null)
        {
            throw new ArgumentException("A consumer is given every event: its position is one of the whole store, not of a topic.", nameof(start));
        }

        (_reader, _positions, Name, _start, _time) = (reader, positions, name, start, time);
    }

    /// <summary>The consumer.</summary>
    public ConsumerName Name { get; }

    /// <summary>What this holder calls itself, for people. Default: the machine and the process.</summary>
    public string Holder { get; init; } = $"{Environment.MachineName}/{Environment.ProcessId}";

    /// <summary>The position as it was last kept; null before the first event or page.</summary>
    public ConsumerPosition? Kept => _held;

    /// <summary>All events up to this key were given, acknowledged or not; null before it is known.</summary>
    public EventKey? Position => _follow?.Position;

    /// <inheritdoc cref="EventFollow.SafeUpTo"/>
    public EventKey? SafeUpTo => _follow?.SafeUpTo;

    /// <inheritdoc cref="EventFollow.HeldUpBy"/>
    public ImmutableArray<ScanDoubt> HeldUpBy => _follow?.HeldUpBy ?? [];

    /// <inheritdoc/>
    /// <exception cref="TooManyConsumersException">It would be one too many.</exception>
    /// <exception cref="TimeoutException">No silo has served it for <see cref="EventFollow.Patience"/>.</exception>
    public async IAsyncEnumerator<ScannedEvent> GetAsyncEnumerator(CancellationToken cancellationToken = default)
    {
        var follow = await BeginAsync(cancellationToken);
        await foreach (var e in follow.WithCancellation(cancellationToken))
        {
            _lastEvent = e.Position;
            yield return e;
        }
    }

    /// <summary>The pages, those without events included.</summary>
    /// <exception cref="TooManyConsumersException">It would be one too many.</exception>
    /// <exception cref="TimeoutException">No silo has served it for <see cref="EventFollow.Patience"/>.</exception>
    public async IAsyncEnumerable<FollowPage> ReadPagesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var follow = await BeginAsync(cancellationToken);
        await foreach (var page in follow.ReadPagesAsync(cancellationToken))
        {
            _lastEvent = page.Events?.LastPosition ?? _lastEvent;
            yield return page;
        }
    }

    /// <summary>Acknowledges all that was given: it is not given again. See <see cref="AcknowledgeAsync(EventKey, CancellationToken)"/>.</summary>
    public Task AcknowledgeAsync(CancellationToken cancellationToken = default) =>
        Position is { } position ? AcknowledgeAsync(position, cancellationToken) : Task.CompletedTask;

    /// <summary>
    /// Acknowledges what was given up to a position (an event's, or a page's): it is durably kept when this completes, and is not given again. One
    /// that is behind a former one changes nothing. What has no event in it is kept with the next ones, or after <see cref="IdlePeriod"/>.
    /// </summary>
    /// <param name="position">The last position.</param>
    /// <param name="cancellationToken">Ends the waiting, not what has begun.</param>
    /// <exception cref="ConsumerMovedException">Another holder has taken the consumer, or it was reset: what follows is not this holder's.</exception>
    /// <exception cref="ConsumerNotFoundException">It was deleted.</exception>
    /// <exception cref="InvalidPositionException">That key was not given.</exception>
    /// <exception cref="TimeoutException">The position could not be kept for <see cref="EventFollow.Patience"/>. It may be called again.</exception>
    public async Task AcknowledgeAsync(EventKey position, CancellationToken cancellationToken = default)
    {
        await _oneAcknowledgement.WaitAsync(cancellationToken);
        try
        {
            var held = _held ?? throw new InvalidOperationException("Nothing was given yet that could be acknowledged.");
            if (position > Position)
            {
                throw new InvalidPositionException($"{position} was not given: this consumer has got up to {Position}.") { Kept = held.Position };
            }

            var isIdle = !(_lastEvent > held.Position) && _time.GetElapsedTime(_writtenAt) < IdlePeriod;
            if (position > held.Position && !isIdle)
            {
                await KeepAsync(held, position, cancellationToken);
            }
        }
        finally
        {
            _oneAcknowledgement.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _oneAcknowledgement.Dispose();

    private async Task<EventFollow> BeginAsync(CancellationToken cancellationToken)
    {
        if (_held is not null)
        {
            throw new InvalidOperationException("It is enumerated once. Consume again: it goes on after what was acknowledged.");
        }

        _held = await TryAgainAsync(() => _positions.TakeAsync(Name, Holder, _start.Position, cancellationToken), cancellationToken);
        _held = _held.Position is null ? await FixPresentAsync(_held, cancellationToken) : _held;
        _writtenAt = _time.GetTimestamp();
        return _follow = _reader.FollowAsync(FollowStart.After(_held.Position!.Value));
    }

    // Before the first event is given: if this holder dies then, the next one must know where the present was.
    private async Task<ConsumerPosition> FixPresentAsync(ConsumerPosition held, CancellationToken cancellationToken)
    {
        await foreach (var page in _reader.FollowAsync(FollowStart.Now).ReadPagesAsync(cancellationToken))
        {
            if (page.Position is { } present)
            {
                return await TryAgainAsync(() => _positions.MoveAsync(Name, held.Mark, present, cancellationToken), cancellationToken);
            }
        }

        throw new TimeoutException("The store did not say where the present is.");
    }

    private async Task KeepAsync(ConsumerPosition held, EventKey position, CancellationToken cancellationToken)
    {
        _held = await TryAgainAsync(() => _positions.MoveAsync(Name, held.Mark, position, cancellationToken), cancellationToken);
        _writtenAt = _time.GetTimestamp();
    }

    // The grain that keeps the position may be on a silo that dies, and is then on another one. A move that arrived and is sent again changes nothing.
    private async Task<T> TryAgainAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        var (began, pause) = (_time.GetTimestamp(), FirstPause);
        while (true)
        {
            try
            {
                return await call();
            }
            catch (Exception e) when ((EventScan.IsFailureOfSilo(e) || e is RegistryUnavailableException) && !cancellationToken.IsCancellationRequested)
            {
                if (_time.GetElapsedTime(began) >= EventFollow.Patience)
                {
                    throw new TimeoutException($"The position of consumer '{Name}' could not be reached for {EventFollow.Patience}: {e.Message}", e);
                }
            }

            await Task.Delay(pause, _time, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
