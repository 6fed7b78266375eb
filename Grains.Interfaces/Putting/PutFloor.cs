using AllData.Errors;
using AllData.Replication;

namespace AllData.Putting;

/// <summary>
/// Where puts meet lanes: who is let in, what leaves next and through which lane, and what a lane's answer means for the others. It neither sends
/// nor waits; whoever uses it guards it.
/// </summary>
/// <param name="queue">What is let in and waits for a lane.</param>
/// <param name="room">Who is let in.</param>
/// <param name="lanes">The lanes.</param>
internal sealed class PutFloor(PutQueue queue, WaitingRoom room, LaneTable lanes)
{
    /// <summary>Whether nothing waits for a lane.</summary>
    public bool IsEmpty => queue.IsEmpty;

    /// <summary>Whether nothing waits at all.</summary>
    public bool IsIdle => queue.IsEmpty && !room.HasLine;

    /// <summary>Whether any lane could take a batch, troubles aside.</summary>
    public bool HasFreeLane => lanes.HasFree;

    /// <summary>Takes an event in, or in line.</summary>
    /// <returns>What waits in line; null when it is in.</returns>
    public RoomRequest? Enter(PutItem item, PutOptions? options, TimeSpan now)
    {
        if (!room.TryEnter(item.Charge))
        {
            return GetInLine(new RoomRequest(new[] { item }, options, now));
        }

        queue.Add(item, options, now);
        return null;
    }

    /// <summary>Takes events in together, or in line.</summary>
    /// <returns>What waits in line; null when they are in.</returns>
    public RoomRequest? Enter(RoomRequest request, TimeSpan now)
    {
        if (!room.TryEnter(request.Charge))
        {
            return GetInLine(request);
        }

        Admit(request, now);
        return null;
    }

    /// <summary>What leaves next; null when nothing can now.</summary>
    public (Lane Lane, PutBatch Batch)? TryNext(TimeSpan now)
    {
        if (queue.Peek(now) is not { } batch || lanes.Pick(now, batch.LastLane) is not { } lane)
        {
            return null;
        }

        queue.Remove(batch);
        lane.OnSent(batch.Count, now);
        (batch.LastLane, batch.Attempt) = (lane, batch.Attempt + 1);
        return (lane, batch);
    }

    /// <summary>When something may leave that cannot now, other than by an answer; null when nothing of the kind is known.</summary>
    public TimeSpan? NextDue(TimeSpan now) => (queue.NextPauseEnd(now), lanes.NextReturn(now)) switch
    {
        ({ } pause, { } avoided) => pause < avoided ? pause : avoided,
        var (pause, avoided) => pause ?? avoided,
    };

    /// <summary>A lane's attempt has ended.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="events">Events that were under way in it.</param>
    /// <param name="failure">What went wrong with the lane; null or another failure of the put when nothing did.</param>
    /// <param name="now">The client's clock.</param>
    public void OnEnded(Lane lane, int events, Exception? failure, TimeSpan now)
    {
        lane.OnEnded(events);
        switch (failure)
        {
            case OverloadedException overloaded:
                lane.OnFailed(now, overloaded.RetryAfter);
                break;
            case null or (PutException and not (KeysUnavailableException or OtherStoreException)):
                lane.OnAnswered(now);
                break;
            default:
                lane.OnFailed(now, TimeSpan.Zero);
                lane.Keys.Clear();
                lanes.IsInTrouble = true;
                break;
        }
    }

    /// <summary>Events are answered; others are to be sent again. Whoever is next in line is let in.</summary>
    /// <param name="charge">What the answered ones were charged with.</param>
    /// <param name="again">What is to be sent again; null when nothing is.</param>
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

    /// <summary>Takes out a batch that has waited too long for a lane.</summary>
    /// <param name="before">What waits since before it has waited too long.</param>
    public PutBatch? TakeExpiredBatch(TimeSpan before) => queue.TakeExpired(before);

    /// <summary>Takes out who has waited too long in line.</summary>
    /// <param name="before">Who waits since before it has waited too long.</param>
    public RoomRequest? TakeExpiredRequest(TimeSpan before) => room.TakeExpired(before);

    private RoomRequest GetInLine(RoomRequest request)
    {
        room.Queue(request);
        return request;
    }

    private void Admit(RoomRequest request, TimeSpan now)
    {
        foreach (var item in request.Items)
        {
            queue.Add(item, request.Options, now);
        }
    }
}
