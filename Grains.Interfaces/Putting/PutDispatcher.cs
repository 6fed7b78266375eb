using AllData.Errors;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>
/// Brings waiting batches and free lanes together. What is decided, is decided by the queue, the room, the lanes and the settlement under one lock;
/// this class sends, waits and tells time.
/// </summary>
internal sealed class PutDispatcher : IThreadPoolWorkItem, IAsyncDisposable
{
    // The longest that anything waits for a look at the clock: lanes fall silent and waits end without an event.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly TimeSpan _timeout;
    private readonly ClientClock _clock;
    private readonly ITimer _timer;
    private readonly PutQueue _queue;
    private readonly WaitingRoom _room;
    private readonly LaneTable _lanes;
    private readonly LaneWatch _watch;
    private readonly LaneCaller _caller;
    private readonly PutSettlement _settlement;

    private TimeSpan _wakeAt = TimeSpan.MaxValue;
    private bool _isScheduled;

    public PutDispatcher(IGrainFactory grains, AllDataClientOptions options, TimeProvider time, Random chance)
    {
        var survey = new LaneSurvey(grains, time);
        _timeout = options.Timeout;
        _clock = new ClientClock(time);
        _timer = time.CreateTimer(static dispatcher => ((PutDispatcher)dispatcher!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _queue = new PutQueue(options.MaxBatchEvents, options.MaxBatchBytes);
        _room = new WaitingRoom(options.MaxWaitingBytes);
        _lanes = new LaneTable(new Lane(survey.NextCoordinator(), ordinal: null), options.Location, options.BatchesInFlight);
        _watch = new LaneWatch(_lock, _lanes, survey, ScheduleIfFree);
        _caller = new LaneCaller(_lock, _lanes, options, _clock);
        _settlement = new PutSettlement(new RetryRule(chance, int.MaxValue), options.Timeout);
    }

    /// <summary>Takes events in, now or when there is room.</summary>
    /// <param name="item">The event.</param>
    /// <param name="options">What it asks for.</param>
    /// <returns>What waits for room; null when it is in.</returns>
    public RoomRequest? Enter(PutItem item, PutOptions? options)
    {
        lock (_lock)
        {
            var now = _clock.Now;
            if (!_room.TryEnter(item.Charge))
            {
                return Wait(new RoomRequest(new[] { item }, options, now), now);
            }

            _queue.Add(item, options, now);
            ScheduleIfFree();
            return null;
        }
    }

    /// <summary>Takes events in, now or when there is room.</summary>
    /// <param name="items">At least one, no more than a batch takes.</param>
    /// <param name="options">What they ask for.</param>
    /// <returns>What waits for room; null when they are in.</returns>
    public RoomRequest? Enter(ArraySegment<PutItem> items, PutOptions? options)
    {
        lock (_lock)
        {
            var now = _clock.Now;
            var request = new RoomRequest(items, options, now);
            if (!_room.TryEnter(request.Charge))
            {
                return Wait(request, now);
            }

            Admit(request, now);
            ScheduleIfFree();
            return null;
        }
    }

    /// <summary>The caller of events that wait for room has given up. False when they are in already, or refused.</summary>
    public bool TryWithdraw(RoomRequest request)
    {
        lock (_lock)
        {
            return request.TryWithdraw();
        }
    }

    /// <summary>Sends whatever can leave.</summary>
    public void Execute()
    {
        SettleExpired();
        while (TryNext() is var (lane, batch))
        {
            _ = SendAsync(lane, batch);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private RoomRequest Wait(RoomRequest request, TimeSpan now)
    {
        _room.Queue(request);
        WakeBy(now + LongestSleep, now);
        return request;
    }

    private void Admit(RoomRequest request, TimeSpan now)
    {
        foreach (var item in request.Items)
        {
            _queue.Add(item, request.Options, now);
        }
    }

    /// <summary>
    /// Behind what the thread pool has to do already: puts that are made by callers just answered join the batch, instead of the first of them
    /// leaving alone.
    /// </summary>
    private void ScheduleIfFree()
    {
        if (!_isScheduled && _lanes.HasFree)
        {
            _isScheduled = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Wake()
    {
        lock (_lock)
        {
            _wakeAt = TimeSpan.MaxValue;
        }

        Execute();
    }

    private void WakeBy(TimeSpan when, TimeSpan now)
    {
        if (when < _wakeAt)
        {
            _wakeAt = when;
            _timer.Change(when > now ? when - now : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private (Lane Lane, PutBatch Batch)? TryNext()
    {
        lock (_lock)
        {
            _isScheduled = false;
            var now = _clock.Now;
            if (!_queue.IsEmpty)
            {
                _watch.LookIfDue(now);
            }

            if (_queue.Peek(now) is { } batch && _lanes.Pick(now, batch.LastLane) is { } lane)
            {
                _queue.Remove(batch);
                lane.OnSent(batch.Count, now);
                (batch.LastLane, batch.Attempt) = (lane, batch.Attempt + 1);
                return (lane, batch);
            }

            WakeWhenDue(now);
            return null;
        }
    }

    private void WakeWhenDue(TimeSpan now)
    {
        if (_queue.IsEmpty && !_room.HasLine)
        {
            return;
        }

        WakeBy(now + LongestSleep, now);
        foreach (var due in new[] { _queue.NextPauseEnd(now), _lanes.NextReturn(now) })
        {
            WakeBy(due ?? TimeSpan.MaxValue, now);
        }
    }

    private void SettleExpired()
    {
        var batches = new List<PutBatch>();
        var requests = new List<RoomRequest>();
        long taken;
        lock (_lock)
        {
            taken = _room.TakenBytes;
            var before = _clock.Now - _timeout;
            while (_queue.TakeExpired(before) is { } batch)
            {
                batches.Add(batch);
                _room.Leave(batch.Charge);
            }

            while (_room.TakeExpired(before) is { } request)
            {
                requests.Add(request);
                request.End();
            }
        }

        batches.ForEach(_settlement.OnExpired);
        requests.ForEach(request => _settlement.OnRefused(request, taken, _room.MaxBytes));
    }

    private async Task SendAsync(Lane lane, PutBatch batch)
    {
        var (events, charge) = (batch.Count, batch.Charge);
        PutBatch? rest;
        Exception? failure = null;
        try
        {
            var results = await _caller.PutAsync(lane, batch);
            failure = results.Answers.Select(static answer => answer.Error).OfType<OverloadedException>().FirstOrDefault();
            rest = _settlement.OnAnswered(batch, results, _clock.Now);
        }
        catch (Exception e)
        {
            failure = e;
            rest = _settlement.OnFailed(batch, e, _clock.Now);
        }

        lock (_lock)
        {
            End(lane, events, failure);
            Free(charge - (rest?.Charge ?? 0), rest);
            ScheduleIfFree();
        }
    }

    private void End(Lane lane, int events, Exception? failure)
    {
        var now = _clock.Now;
        lane.OnEnded(events);
        switch (failure)
        {
            case OverloadedException overloaded:
                lane.OnFailed(now, overloaded.RetryAfter);
                break;
            case null or (PutException and not KeysUnavailableException):
                lane.OnAnswered(now);
                break;
            default:
                lane.OnFailed(now, TimeSpan.Zero);
                lane.Keys.Clear();
                _lanes.IsInTrouble = true;
                break;
        }
    }

    private void Free(long charge, PutBatch? rest)
    {
        var now = _clock.Now;
        if (rest is not null)
        {
            _queue.Return(rest);
        }

        _room.Leave(charge);
        while (_room.TryAdmitNext() is { } request)
        {
            Admit(request, now);
            request.End();
        }

        WakeWhenDue(now);
    }
}
