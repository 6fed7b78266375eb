using AllData.Replication;

namespace AllData.Batching.Queueing;

/// <summary>
/// The batches that wait for a gateway: first those to be sent again, as soon as they may, then the others in the order in which they were begun. Its
/// size is bounded by the room that every event has taken before.
/// </summary>
/// <param name="maxEvents">Events in a batch, at most.</param>
/// <param name="maxBytes">Bytes in a batch, at most.</param>
/// <param name="maxAge">The oldest batch that an event joins: the event counts as put when the batch was begun, and its time would be over too
/// soon.</param>
internal sealed class PutQueue(int maxEvents, int maxBytes, TimeSpan maxAge)
{
    /// <summary>Number of batches, from the end, that an event may still join: so puts with different options do not split all batches.</summary>
    public const int OpenBatches = 8;

    private readonly List<PutBatch> _again = [];

    // A list that is consumed from its head: the consumed part is cut off when it is half of the list.
    private readonly List<PutBatch?> _fresh = [];
    private int _head;

    // The next batch starts with the capacity of the last one, so that its list need not grow.
    private int _lastCount = 1;

    /// <summary>Whether nothing waits.</summary>
    public bool IsEmpty => _again.Count == 0 && _head == _fresh.Count;

    /// <summary>An event joins the open batch with the same options, or begins one.</summary>
    public void Add(PutItem item, PutOptions? options, TimeSpan now)
    {
        var isGiven = item.HasKey;
        var oldest = Math.Max(_head, _fresh.Count - OpenBatches);
        for (var i = _fresh.Count - 1; i >= oldest; i--)
        {
            var batch = _fresh[i]!;
            if (batch.IsGiven == isGiven && Equals(batch.Options, options))
            {
                if (now - batch.Since <= maxAge && batch.Count < maxEvents && batch.PackedBytes + item.PackedSize <= maxBytes)
                {
                    batch.Add(item);
                    return;
                }

                // Not an older one: the order of events with the same options is kept.
                break;
            }
        }

        var begun = new PutBatch(options, now, _lastCount);
        begun.Add(item);
        _fresh.Add(begun);
    }

    /// <summary>A batch must be sent again, not before its time.</summary>
    public void Return(PutBatch batch) => _again.Add(batch);

    /// <summary>The batch to leave next, which stays in the queue; null when none may leave now.</summary>
    public PutBatch? Peek(TimeSpan now) =>
        _again.Find(batch => batch.NotBefore <= now) ?? (_head < _fresh.Count ? _fresh[_head] : null);

    /// <summary>Takes out the batch that <see cref="Peek"/> has returned.</summary>
    public void Remove(PutBatch batch)
    {
        if (_head == _fresh.Count || !ReferenceEquals(_fresh[_head], batch))
        {
            _again.Remove(batch);
            return;
        }

        _lastCount = batch.Count;
        _fresh[_head++] = null;
        if (_head * 2 >= _fresh.Count)
        {
            _fresh.RemoveRange(0, _head);
            _head = 0;
        }
    }

    /// <summary>Takes out a batch that has waited too long; null if there is none.</summary>
    /// <param name="putBefore">Batches begun before it have waited too long.</param>
    public PutBatch? TakeExpired(TimeSpan putBefore)
    {
        var expired = _again.Find(batch => batch.Since < putBefore)
            ?? (_head < _fresh.Count && _fresh[_head]!.Since < putBefore ? _fresh[_head] : null);
        if (expired is not null)
        {
            Remove(expired);
        }

        return expired;
    }

    /// <summary>When the next batch that pauses may leave; null when none pauses.</summary>
    public TimeSpan? NextPauseEnd(TimeSpan now)
    {
        TimeSpan? next = null;
        foreach (var batch in _again)
        {
            next = batch.NotBefore > now && !(batch.NotBefore >= next) ? batch.NotBefore : next;
        }

        return next;
    }
}
