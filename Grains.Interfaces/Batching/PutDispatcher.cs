using AllData.Batching.Gateways;
using AllData.Batching.Queueing;
using AllData.Errors;
using AllData.Replication;

namespace AllData.Batching;

/// <summary>Sends what the scheduler decides, reports what came back, and wakes the scheduler when time alone changes something.</summary>
internal sealed class PutDispatcher : IThreadPoolWorkItem, IAsyncDisposable
{
    // The longest wait between two looks at the clock: gateways fall silent and waits end without an event.
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    // A put gives up at most this part of its time to travel with earlier puts.
    private const int JoinFraction = 10;

    private readonly Lock _lock = new();
    private readonly TimeSpan _timeout;
    private readonly ClientClock _clock;
    private readonly ITimer _timer;
    private readonly GatewayTable _gateways;
    private readonly SendScheduler _floor;
    private readonly GatewayMonitor _watch;
    private readonly GatewayCaller _caller;
    private readonly PutCompletion _settlement;

    private long _retried;
    private TimeSpan _wakeAt = TimeSpan.MaxValue;
    private bool _isScheduled;
    private volatile bool _isClosed;

    public PutDispatcher(IGrainFactory grains, AllDataClientOptions options, TimeProvider time, Random random)
    {
        var survey = new GatewayDiscovery(grains, time);
        _gateways = new GatewayTable(new Gateway(survey.NextCoordinator, ordinal: null), options.Location, options.BatchesInFlight);
        _timeout = options.Timeout;
        _clock = new ClientClock(time);

        // Not in the trace of the request that happens to make the client.
        using var flow = ExecutionContext.IsFlowSuppressed() ? default(AsyncFlowControl?) : ExecutionContext.SuppressFlow();
        _timer = time.CreateTimer(static dispatcher => ((PutDispatcher)dispatcher!).Wake(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var queue = new PutQueue(options.MaxBatchEvents, options.MaxBatchBytes, options.Timeout / JoinFraction);
        _floor = new SendScheduler(queue, new AdmissionQueue(options.MaxWaitingBytes), _gateways);
        _watch = new GatewayMonitor(_lock, _gateways, survey, ScheduleIfFree);
        _caller = new GatewayCaller(_lock, _gateways, options, _clock, grains.GetKnownStore());
        _settlement = new PutCompletion(new RetryRule(random, int.MaxValue), options);
    }

    /// <summary>Admits an event, now or when there is room.</summary>
    /// <param name="item">The event.</param>
    /// <param name="options">What it requests.</param>
    /// <returns>The waiting request; null when the event is admitted.</returns>
    public AdmissionRequest? Enter(PutItem item, PutOptions? options)
    {
        AdmissionRequest? waiting;
        lock (_lock)
        {
            var now = _clock.Now;
            waiting = Entered(_floor.Enter(item, options, now), now);
        }

        SettleIfClosed();
        return waiting;
    }

    /// <summary>Admits events together, now or when there is room.</summary>
    /// <param name="items">At least one, no more than a batch takes.</param>
    /// <param name="options">What they request.</param>
    /// <returns>The waiting request; null when the events are admitted.</returns>
    public AdmissionRequest? Enter(ArraySegment<PutItem> items, PutOptions? options)
    {
        AdmissionRequest? waiting;
        lock (_lock)
        {
            var now = _clock.Now;
            waiting = Entered(_floor.Enter(new AdmissionRequest(items, options, now), now), now);
        }

        SettleIfClosed();
        return waiting;
    }

    /// <summary>The caller of a waiting request has given up. False when it is admitted already, or refused.</summary>
    public bool TryWithdraw(AdmissionRequest request)
    {
        lock (_lock)
        {
            return request.TryWithdraw();
        }
    }

    /// <summary>Completes events as those without room: earlier ones of the same put found none.</summary>
    public void Refuse(ArraySegment<PutItem> items) => _settlement.OnRefused(items, _isClosed);

    /// <summary>Number of resends so far.</summary>
    public long Retried => Interlocked.Read(ref _retried);

    /// <summary>Sends whatever can leave.</summary>
    public void Execute()
    {
        SettleOverdue();
        while (TryNext() is var (gateway, batch))
        {
            _ = SendAsync(gateway, batch);
        }
    }

    /// <summary>
    /// Settles whatever waits, and from now on whatever comes. What is in flight is settled when its call ends, which has its own bound; nothing
    /// leaves any more.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        await _caller.ReleaseAllAsync();
    }

    /// <summary>Like <see cref="DisposeAsync"/>, but waits for no more answers: puts in flight are answered as unknown, with their keys.</summary>
    public async ValueTask CutAsync()
    {
        await CloseAsync();
        _caller.Cut();
    }

    private ValueTask CloseAsync()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        SettleOverdue();
        return _timer.DisposeAsync();
    }

    private AdmissionRequest? Entered(AdmissionRequest? waiting, TimeSpan now)
    {
        if (waiting is null)
        {
            ScheduleIfFree();
        }
        else
        {
            WakeBy(now + LongestSleep, now);
        }

        return waiting;
    }

    /// <summary>
    /// Behind what the thread pool has to do already: puts that are made by callers just answered join the batch, instead of the first of them
    /// leaving alone.
    /// </summary>
    private void ScheduleIfFree()
    {
        if (!_isScheduled && _floor.HasFreeLane)
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

        _ = _caller.ReleaseUnusedAsync(_clock.Now);
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

    private void WakeWhenDue(TimeSpan now)
    {
        if (!_floor.IsIdle)
        {
            var latest = now + LongestSleep;
            WakeBy(_floor.NextDue(now) is { } due && due < latest ? due : latest, now);
        }
        else if (_gateways.MayHaveUnusedKeys)
        {
            WakeBy(now + KeyCache.MaxAge, now);
        }
    }

    private (Gateway Gateway, PutBatch Batch)? TryNext()
    {
        lock (_lock)
        {
            _isScheduled = false;
            if (_isClosed)
            {
                return null;
            }

            var now = _clock.Now;
            if (!_floor.IsEmpty)
            {
                _watch.LookIfDue(now);
            }

            var next = _floor.TryNext(now);
            WakeWhenDue(now);
            return next;
        }
    }

    private async Task SendAsync(Gateway gateway, PutBatch batch)
    {
        var (events, charge) = (batch.Count, batch.Charge);
        using var span = BatchTrace.Begin(batch);
        PutBatch? again;
        Exception? failure;
        try
        {
            var results = await _caller.PutAsync(gateway, batch);
            failure = results.Answers.Select(static answer => answer.Error).OfType<OverloadedException>().FirstOrDefault();
            again = _settlement.OnAnswered(batch, results, _clock.Now);
        }
        catch (Exception e)
        {
            failure = e;
            again = _settlement.OnFailed(batch, e, _clock.Now);
        }

        BatchTrace.OnEnded(span, failure, again?.Count ?? 0);
        if (again is not null)
        {
            Interlocked.Add(ref _retried, again.Count);
        }

        lock (_lock)
        {
            // After the callers have their answers: what they put next shares the batch that leaves now.
            var now = _clock.Now;
            _floor.OnEnded(gateway, events, failure, now);
            _floor.Free(charge - (again?.Charge ?? 0), again, now);
            WakeWhenDue(now);
            ScheduleIfFree();
        }

        SettleIfClosed();
    }

    /// <summary>Without it, events that arrive or come back after the end would wait for a timer that is gone.</summary>
    private void SettleIfClosed()
    {
        if (_isClosed)
        {
            SettleOverdue();
        }
    }

    private void SettleOverdue()
    {
        while (TakeOverdue() is var (batch, request) && (batch is not null || request is not null))
        {
            if (batch is not null)
            {
                _settlement.OnExpired(batch, _isClosed);
            }

            if (request is not null)
            {
                _settlement.OnRefused(request.Items, _isClosed);
            }
        }
    }

    private (PutBatch? Batch, AdmissionRequest? Request) TakeOverdue()
    {
        lock (_lock)
        {
            var now = _clock.Now;
            var before = _isClosed ? TimeSpan.MaxValue : now - _timeout;
            var batch = _floor.TakeExpiredBatch(before);
            var request = _floor.TakeExpiredRequest(before);
            request?.Refuse();
            if (batch is not null)
            {
                _floor.Free(batch.Charge, null, now);
            }

            return (batch, request);
        }
    }
}
