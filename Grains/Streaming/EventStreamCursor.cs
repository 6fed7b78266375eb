using System.Collections.Immutable;
using AllData.Events;
using AllData.Following;
using AllData.Reading;
using Orleans.Streams;

namespace AllData.Streaming;

/// <summary>
/// One subscription's place: a position, and the page that is being given. Where it is as far as the silo's feed it reads there, and so with all others. Where
/// it is behind, it reads by a scan with those near it, until it is as far.
/// </summary>
internal sealed class EventStreamCursor(EventStreamQueue queue, EventKey position) : IQueueCacheCursor
{
    // While the store cannot be read, or as many scans run as may.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly FollowReading _reading = queue.Enter();
    private ImmutableArray<EventDelivery> _deliveries = [];
    private int _next;
    private EventKey _pageEnd;
    private EventKey _delivered = position;
    private EventDelivery? _current;
    private bool _isTaken;
    private BehindRead? _behind;
    private bool _isPausing;
    private bool _isDisposed;

    /// <summary>All events up to this key have been taken by the subscriber.</summary>
    public EventKey Delivered
    {
        get
        {
            lock (_lock)
            {
                return _delivered;
            }
        }
    }

    /// <inheritdoc/>
    // It goes on only behind what was looked at: the agent moves a new cursor on before it looks.
    public bool MoveNext()
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return false;
            }

            if (_current is not null && !_isTaken)
            {
                return true;
            }

            if (_current is not null)
            {
                _delivered = _current.Position;
                queue.OnGiven();
            }

            (_current, _isTaken) = (null, false);
            while (_next >= _deliveries.Length)
            {
                _delivered = _pageEnd > _delivered ? _pageEnd : _delivered;
                (_deliveries, _next) = ([], 0);
                if (!TryLoad())
                {
                    return false;
                }
            }

            _current = _deliveries[_next++];
            return true;
        }
    }

    /// <inheritdoc/>
    public IBatchContainer GetCurrent(out Exception exception)
    {
        lock (_lock)
        {
            exception = null!;
            _isTaken = true;
            return _current!;
        }
    }

    /// <inheritdoc/>
    public void Refresh(StreamSequenceToken token)
    {
        // It looks for itself.
    }

    /// <inheritdoc/>
    // Given again: an event is never passed over because its subscriber could not take it.
    public void RecordDeliveryFailure()
    {
        lock (_lock)
        {
            _isTaken = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            _behind?.Leave();
            (_behind, _deliveries, _current) = (null, [], null);
        }

        queue.Leave(this);
        _reading.Dispose();
    }

    // False: there is nothing at this moment. What changes that wakes the queue.
    private bool TryLoad()
    {
        if (_isPausing)
        {
            return false;
        }

        if (_behind is not null)
        {
            return TryLoadBehind();
        }

        var view = queue.Look(_delivered, _reading);
        if (view.UpTo is { } upTo)
        {
            Load(new CertainPage(view.Events, upTo, []));
            return true;
        }

        if (_delivered < view.Begin && view.End is { } end)
        {
            _behind = queue.ReadBehind(_delivered, end);
            return TryLoadBehind();
        }

        return false;
    }

    private bool TryLoadBehind()
    {
        if (!_behind!.TryTake(_delivered, out var page))
        {
            return false;
        }

        if (page is not null)
        {
            Load(page);
            return true;
        }

        _isPausing = _behind.IsFailed;
        _behind.Leave();
        _behind = null;
        if (_isPausing)
        {
            queue.After(Pause, GoOn);
        }

        return !_isPausing;
    }

    private void GoOn()
    {
        lock (_lock)
        {
            _isPausing = false;
        }
    }

    private void Load(CertainPage page)
    {
        (_deliveries, _next, _pageEnd) = (page.Events is { } events ? EventSlices.Of(events, queue.Stream) : [], 0, page.UpTo);
    }
}
