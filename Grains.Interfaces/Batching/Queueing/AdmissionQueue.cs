namespace AllData.Batching.Queueing;

/// <summary>
/// Bounds the bytes of events that are put and not yet answered. A request that finds no room waits in line: later ones, however small, do not
/// overtake it.
/// </summary>
internal sealed class AdmissionQueue(long maxBytes)
{
    private readonly Queue<AdmissionRequest> _line = [];
    private long _taken;

    /// <summary>Bytes of events that are admitted and not yet answered.</summary>
    public long TakenBytes => _taken;

    /// <summary>Takes room, or answers false. A request is always admitted when no other one is.</summary>
    public bool TryEnter(long bytes)
    {
        DropWithdrawn();
        if (_line.Count > 0 || !HasRoomFor(bytes))
        {
            return false;
        }

        _taken += bytes;
        return true;
    }

    /// <summary>Waits in line.</summary>
    public void Queue(AdmissionRequest request) => _line.Enqueue(request);

    /// <summary>Events are answered.</summary>
    public void Leave(long bytes) => _taken -= bytes;

    /// <summary>Admits the first in line; null when there is no room for it, or the line is empty.</summary>
    public AdmissionRequest? TryAdmitNext()
    {
        DropWithdrawn();
        if (!_line.TryPeek(out var first) || !HasRoomFor(first.Charge))
        {
            return null;
        }

        _taken += first.Charge;
        return _line.Dequeue();
    }

    /// <summary>Takes the first in line out when it has waited too long.</summary>
    /// <param name="waitingBefore">Requests queued before this time have expired.</param>
    public AdmissionRequest? TakeExpired(TimeSpan waitingBefore)
    {
        DropWithdrawn();
        return _line.TryPeek(out var first) && first.Since < waitingBefore ? _line.Dequeue() : null;
    }

    /// <summary>Whether requests are waiting in line.</summary>
    public bool HasLine => _line.Count > 0;

    private bool HasRoomFor(long bytes) => _taken == 0 || _taken + bytes <= maxBytes;

    private void DropWithdrawn()
    {
        while (_line.TryPeek(out var first) && first.IsWithdrawn)
        {
            _line.Dequeue();
        }
    }
}
