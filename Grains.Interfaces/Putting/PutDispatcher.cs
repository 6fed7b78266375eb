using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
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
    private static readonly TimeSpan SurveyInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan SurveyIntervalInTrouble = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly AllDataClientOptions _options;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly ITimer _timer;
    private readonly PutQueue _queue;
    private readonly WaitingRoom _room;
    private readonly LaneTable _lanes;
    private readonly LaneSurvey _survey;
    private readonly PutSettlement _settlement;

    private TimeSpan _wakeAt = TimeSpan.MaxValue;
    private TimeSpan? _surveyed;
    private bool _isInTrouble;
    private bool _isSurveying;
    private bool _isScheduled;

    public PutDispatcher(IGrainFactory grains, AllDataClientOptions options, TimeProvider time, Random chance)
    {
        _options = options;
        _time = time;
        _started = time.GetTimestamp();
        _timer = time.CreateTimer(static dispatcher => ((PutDispatcher)dispatcher!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _queue = new PutQueue(options.MaxBatchEvents, options.MaxBatchBytes);
        _room = new WaitingRoom(options.MaxWaitingBytes);
        _survey = new LaneSurvey(grains, time);
        _lanes = new LaneTable(new Lane(_survey.NextCoordinator(), ordinal: null), options.Location, options.BatchesInFlight);
        _settlement = new PutSettlement(new RetryRule(chance, int.MaxValue), options.Timeout);
    }

    private TimeSpan Now => _time.GetElapsedTime(_started);

    /// <summary>Takes events in, now or when there is room.</summary>
    /// <param name="item">The event.</param>
    /// <param name="options">What it asks for.</param>
    /// <returns>What waits for room; null when it is in.</returns>
    public RoomRequest? Enter(PutItem item, PutOptions? options)
    {
        lock (_lock)
        {
            var now = Now;
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
            var now = Now;
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
            var now = Now;
            SurveyIfDue(now);
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
            var before = Now - _options.Timeout;
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
            var results = await CallAsync(lane, batch);
            failure = results.Answers.Select(static answer => answer.Error).OfType<OverloadedException>().FirstOrDefault();
            rest = _settlement.OnAnswered(batch, results, Now);
        }
        catch (Exception e)
        {
            failure = e;
            rest = _settlement.OnFailed(batch, e, Now);
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
        var now = Now;
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
                _isInTrouble = true;
                break;
        }
    }

    private void Free(long charge, PutBatch? rest)
    {
        var now = Now;
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

    private async Task<PutResults> CallAsync(Lane lane, PutBatch batch)
    {
        if (!batch.HasKeys)
        {
            await GiveKeysAsync(lane, batch);
        }

        return await BoundedAsync(lane.Coordinator.PutMany(batch.Pack(), batch.Options), batch);
    }

    private async ValueTask GiveKeysAsync(Lane lane, PutBatch batch)
    {
        var keys = new EventKey[batch.Count];
        bool isEnough;
        lock (_lock)
        {
            isEnough = lane.Keys.TryTake(keys, Now);
            if (lane.Keys.BeginRefill() is > 0 and var missing)
            {
                _ = RefillAsync(lane, missing);
            }
        }

        if (!isEnough)
        {
            var reserved = await BoundedAsync(lane.Coordinator.ReserveKeys(batch.Count), batch);
            NoteKeys(lane, reserved);
            reserved.CopyTo(keys);
        }

        batch.Give(keys);
    }

    private async Task RefillAsync(Lane lane, int count)
    {
        var asked = Now;
        ImmutableArray<EventKey> keys = [];
        try
        {
            keys = await lane.Coordinator.ReserveKeys(count).WaitAsync(_options.CallTimeout, _time);
        }
        catch (Exception)
        {
            // The next batch asks for its keys itself, and whatever is wrong shows there.
        }

        lock (_lock)
        {
            NoteKeys(lane, keys);
            lane.Keys.EndRefill(keys, asked);
        }
    }

    private void NoteKeys(Lane lane, ImmutableArray<EventKey> keys)
    {
        lock (_lock)
        {
            if (keys.Length > 0 && lane.OnKeys(keys[0].Ordinal))
            {
                _isInTrouble = true;
            }

            _lanes.OnMoved(lane);
        }
    }

    /// <summary>Waits for one call, no longer than it may take and than is left of the put.</summary>
    private async Task<T> BoundedAsync<T>(Task<T> call, PutBatch batch)
    {
        var left = batch.Since + _options.Timeout - Now;
        var bound = left < _options.CallTimeout ? left : _options.CallTimeout;
        return await call.WaitAsync(bound > TimeSpan.Zero ? bound : TimeSpan.Zero, _time);
    }

    private void SurveyIfDue(TimeSpan now)
    {
        var interval = _isInTrouble ? SurveyIntervalInTrouble : SurveyInterval;
        if (_isSurveying || _queue.IsEmpty || now - _surveyed < interval)
        {
            return;
        }

        (_isSurveying, _isInTrouble, _surveyed) = (true, false, now);
        _ = SurveyAsync([.. _lanes.Ordinals]);
    }

    private async Task SurveyAsync(ImmutableArray<int> known)
    {
        // Off the caller's thread, which holds the lock.
        await Task.Yield();
        var found = await _survey.RunAsync(known);
        lock (_lock)
        {
            _lanes.Add(found.Lanes);
            if (found.Locations is { } locations)
            {
                _lanes.Locate(locations);
            }

            _isSurveying = false;
            ScheduleIfFree();
        }
    }
}
