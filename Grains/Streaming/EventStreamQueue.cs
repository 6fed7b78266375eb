using AllData.Events;
using AllData.Following;
using AllData.Reading;
using Orleans.Runtime;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>
/// The queue of a stream, in the silo that Orleans has given it to. It holds no events: subscriptions read with the silo's feed. It keeps up to where all of
/// them have been given their events, so that another silo goes on there.
/// </summary>
internal sealed class EventStreamQueue(
    StreamId stream, Topic? topic, FollowFeed feed, IFollowSource source, QueuePosition kept, TimeProvider time)
    : IQueueCache, IQueueAdapterReceiver
{
    /// <summary>A subscription without a token begins so long before the present: it is made known to this silo a moment after it was made.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromSeconds(5);

    // A queue that is read for the first time begins so long before the present: subscriptions and events may have come before the silo was ready to read.
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(30);

    // Where no subscription is known, a telling makes Orleans look for those that there are.
    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    // A telling is lost on a subscription that is just being made.
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly HashSet<EventStreamCursor> _cursors = [];

    // Not under the other one: cursors ask for a scan while they are locked, and are asked how far they are under the other.
    private readonly Lock _behindLock = new();
    private readonly List<BehindRead> _behind = [];
    private FollowReading? _reading;
    private EventKey? _start;
    private EventKey? _begin;
    private EventKey? _passed;
    private EventKey _end;
    private EventKey? _toldEnd;
    private long _toldAt;
    private int _isAwake;
    private int _isGiven;
    private bool _isStopped;

    /// <summary>The stream.</summary>
    public StreamId Stream => stream;

    /// <summary>One more subscription reads with the silo's feed.</summary>
    public FollowReading Enter() => feed.Enter();

    /// <summary>What the silo's feed has for a subscription.</summary>
    public FeedView Look(EventKey position, FollowReading reading) => Select(reading.Look(position));

    /// <summary>Reads for a subscription that is behind, with others where one reads there already. It leaves when it reads no more.</summary>
    public BehindRead ReadBehind(EventKey after, EventKey upTo)
    {
        lock (_behindLock)
        {
            _behind.RemoveAll(static read => read.IsLeft);
            var read = _behind.Find(read => read.TryEnter(after));
            if (read is null)
            {
                _behind.Add(read = new BehindRead(source.ReadOwnAsync(after, upTo, topic), after, upTo, Wake));
            }

            return read;
        }
    }

    /// <summary>A subscription has been given events.</summary>
    public void OnGiven() => Interlocked.Exchange(ref _isGiven, 1);

    /// <summary>Does something later, and wakes subscriptions.</summary>
    public void After(TimeSpan delay, Action work) => Task.Delay(delay, time).ContinueWith(
        _ =>
        {
            work();
            Wake();
        }, TaskScheduler.Default);

    /// <summary>A subscription has ended.</summary>
    public void Leave(EventStreamCursor cursor)
    {
        lock (_lock)
        {
            _cursors.Remove(cursor);

            // It may be one of a search for subscriptions that has failed: then there may be some, although none is known.
            _passed = null;
        }
    }

    /// <inheritdoc/>
    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task Shutdown(TimeSpan timeout)
    {
        _isStopped = true;
        await kept.LeaveAsync(_begin, timeout);
        _reading?.Dispose();
    }

    /// <inheritdoc/>
    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        if (!await kept.TryTakeAsync() || _isStopped)
        {
            return [];
        }

        // From the position on, so that the subscriptions that a former silo had read together what has become safe since then.
        _start ??= kept.Value ?? Before(EventKey.FirstAt(time.GetUtcNow()), Lead);
        _reading ??= feed.Enter(_start);
        if (feed.Look(null).End is not { } end)
        {
            return [];
        }

        if (kept.Value is not { } from)
        {
            // It gives nothing before that is kept.
            kept.Keep(_start < end ? _start.Value : end, isGiven: true);
            return [];
        }

        (_begin, _end) = (_begin ?? from, end);
        _begin = Reached();
        if (kept.Keep(_begin.Value, Volatile.Read(ref _isGiven) == 1))
        {
            Interlocked.Exchange(ref _isGiven, 0);
        }

        return IsToBeTold(end, out var begin) ? [new EventDelivery(stream, events: null, begin)] : [];
    }

    /// <inheritdoc/>
    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    /// <inheritdoc/>
    public int GetMaxAddCount() => 1;

    /// <inheritdoc/>
    public void AddToCache(IList<IBatchContainer> messages)
    {
        // Subscriptions look for themselves.
    }

    /// <inheritdoc/>
    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        purgedItems = null!;
        return false;
    }

    /// <inheritdoc/>
    // A slow subscriber holds up itself alone.
    public bool IsUnderPressure() => false;

    /// <inheritdoc/>
    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token) => token switch
    {
        null => CursorAt(Present()),
        EventPositionToken position => CursorAt(position.Position),
        _ => throw new ArgumentException($"{token.GetType().Name} is not a token of a store: give an {nameof(EventPositionToken)}.", nameof(token)),
    };

    /// <inheritdoc/>
    // The last thing before the queue is given away: what was given since it was polled last need not be given again.
    public void UpdateDeliveryProgress(StreamSequenceToken? earliestSubscriptionToken, DateTime utcNow)
    {
        if (_begin is not null)
        {
            _end = feed.Look(null).End ?? _end;
            _begin = Reached();
            _begin = earliestSubscriptionToken is EventPositionToken given ? WithinRead(given.Position) : _begin;
        }
    }

    /// <inheritdoc/>
    public QueueCacheCursorResult<IQueueCacheCursor> TryGetCacheCursorAtPosition(StreamId streamId, StreamSubscriptionStartPosition startPosition) =>
        QueueCacheCursorResult<IQueueCacheCursor>.FromCursor(
            CursorAt(startPosition == StreamSubscriptionStartPosition.EarliestAvailable ? default : Present()));

    // A subscription that had nothing may have something.
    private void Wake() => Interlocked.Exchange(ref _isAwake, 1);

    private FeedView Select(FeedView view) => topic is null ? view : view with { Events = TopicPages.Of(view.Events, topic) };

    private EventStreamCursor CursorAt(EventKey position)
    {
        var cursor = new EventStreamCursor(this, position);
        lock (_lock)
        {
            _cursors.Add(cursor);
        }

        return cursor;
    }

    private EventKey Present() => Before(feed.Look(null).End ?? EventKey.FirstAt(time.GetUtcNow()), Overlap);

    private static EventKey Before(EventKey key, TimeSpan length) => EventKey.FirstAt(Math.Max(0, key.UnixMilliseconds - (long)length.TotalMilliseconds));

    // Up to where all subscriptions have their events.
    private EventKey Reached()
    {
        lock (_lock)
        {
            return WithinRead(_cursors.Count > 0 ? _cursors.Min(static c => c.Delivered) : _passed);
        }
    }

    // It does not go back for a subscription that begins before it, nor ahead with one that begins in the future.
    private EventKey WithinRead(EventKey? reached)
    {
        var within = reached > _end ? _end : reached;
        return within > _begin ? within.Value : _begin!.Value;
    }

    // Whether subscriptions are to look whether there is something, and where one goes on that is found out by that.
    private bool IsToBeTold(EventKey end, out EventKey begin)
    {
        bool hasNone;
        lock (_lock)
        {
            hasNone = _cursors.Count == 0;
        }

        begin = hasNone ? _begin!.Value : Present();

        // Subscriptions to a topic at rest do not move while other events pass, and the feed would wait for them.
        var period = hasNone || feed.IsWaitingForReaders ? LookPeriod : IdlePeriod;
        if (Interlocked.Exchange(ref _isAwake, 0) == 0 && time.GetElapsedTime(_toldAt) < period
            && _toldEnd is { } told && !HasEvents(told, end))
        {
            return false;
        }

        // One telling behind: a subscription that is found out by this one is given what came after the last.
        _passed = hasNone ? _toldEnd : null;
        (_toldEnd, _toldAt) = (end, time.GetTimestamp());
        return true;
    }

    private bool HasEvents(EventKey after, EventKey end)
    {
        while (after < end)
        {
            var view = Select(feed.Look(after));
            if (view.UpTo is not { } upTo || view.Events is not null)
            {
                return true;
            }

            after = upTo;
        }

        return false;
    }
}
