using AllData.Batching.Gateways;
using AllData.Errors;
using AllData.Replication;

namespace AllData.Batching.Queueing;

/// <summary>
/// Where puts meet gateways: which requests are admitted, what leaves next and through which gateway, and what a gateway's answer means for the
/// others. It neither sends nor waits, and its user must synchronize access.
/// </summary>
/// <param name="queue">What is admitted and waits for a gateway.</param>
/// <param name="room">Admits requests.</param>
/// <param name="gateways">The gateways.</param>
internal sealed class SendScheduler(PutQueue queue, AdmissionQueue room, GatewayTable gateways)
{
    /// <summary>Whether nothing waits for a gateway.</summary>
    public bool IsEmpty => queue.IsEmpty;

    /// <summary>Whether nothing waits at all.</summary>
    public bool IsIdle => queue.IsEmpty && !room.HasLine;

    /// <summary>Whether any gateway could take a batch, apart from failures.</summary>
    public bool HasFreeLane => gateways.HasFree;

    /// <summary>Admits an event, or puts it in line.</summary>
    /// <returns>The waiting request; null when the event is admitted.</returns>
    public AdmissionRequest? Enter(PutItem item, PutOptions? options, TimeSpan now)
    {
        if (!room.TryEnter(item.Charge))
        {
            return GetInLine(new AdmissionRequest(new[] { item }, options, now));
        }

        queue.Add(item, options, now);
        return null;
    }

    /// <summary>Admits events together, or puts them in line.</summary>
    /// <returns>The waiting request; null when they are admitted.</returns>
    public AdmissionRequest? Enter(AdmissionRequest request, TimeSpan now)
    {
        if (!room.TryEnter(request.Charge))
        {
            return GetInLine(request);
        }

        Admit(request, now);
        return null;
    }

    /// <summary>What leaves next; null when nothing can now.</summary>
    public (Gateway Gateway, PutBatch Batch)? TryNext(TimeSpan now)
    {
        if (queue.Peek(now) is not { } batch || gateways.Pick(now, batch.LastLane, batch.HasTopic) is not { } gateway)
        {
            return null;
        }

        queue.Remove(batch);
        gateway.OnSent(batch.Count, now);
        (batch.LastLane, batch.Attempt) = (gateway, batch.Attempt + 1);
        return (gateway, batch);
    }

    /// <summary>When something that cannot leave now may leave without an answer; null when no such time is known.</summary>
    public TimeSpan? NextDue(TimeSpan now) => (queue.NextPauseEnd(now), gateways.NextReturn(now)) switch
    {
        ({ } pause, { } avoided) => pause < avoided ? pause : avoided,
        var (pause, avoided) => pause ?? avoided,
    };

    /// <summary>A gateway's attempt has ended.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="events">Events that were in flight through it.</param>
    /// <param name="failure">The gateway's failure; null, or another failure of the put, if the gateway did not fail.</param>
    /// <param name="now">The client's clock.</param>
    public void OnEnded(Gateway gateway, int events, Exception? failure, TimeSpan now)
    {
        gateway.OnEnded(events);
        switch (failure)
        {
            case OverloadedException overloaded:
                gateway.OnFailed(now, overloaded.RetryAfter);
                break;
            case null or (PutException and not (KeysUnavailableException or OtherStoreException)):
                gateway.OnAnswered(now);
                break;
            default:
                gateway.OnFailed(now, TimeSpan.Zero);
                gateway.Keys.Clear();
                gateways.IsInTrouble = true;
                break;
        }
    }

    /// <summary>Events are answered, and others must be sent again. Admits the next in line.</summary>
    /// <param name="charge">The bytes charged for the answered events.</param>
    /// <param name="again">What must be sent again; null when there is nothing.</param>
    /// <param name="now">The client's clock.</param>
    public void Free(long charge, PutBatch? again, TimeSpan now)
    {
        if (again is not null)
        {
            queue.Return(again);
        }

        room.Leave(charge);
        while (room.TryAdmitNext() is { } request)
        {
            Admit(request, now);
            request.End();
        }
    }

    /// <summary>Takes out a batch that has waited too long for a gateway.</summary>
    /// <param name="before">Batches begun before this time have waited too long.</param>
    public PutBatch? TakeExpiredBatch(TimeSpan before) => queue.TakeExpired(before);

    /// <summary>Takes out a request that has waited too long in line.</summary>
    /// <param name="before">Requests queued before this time have expired.</param>
    public AdmissionRequest? TakeExpiredRequest(TimeSpan before) => room.TakeExpired(before);

    private AdmissionRequest GetInLine(AdmissionRequest request)
    {
        room.Queue(request);
        return request;
    }

    private void Admit(AdmissionRequest request, TimeSpan now)
    {
        foreach (var item in request.Items)
        {
            queue.Add(item, request.Options, now);
        }
    }
}
