namespace AllData.Protocol.Puts;

/// <summary>
/// Puts that wait to leave in blocks. Everything that arrives while blocks are in flight leaves together in the next one, up to its limits. When none is in
/// flight nothing waits: without load a put leaves at once, under load blocks grow by themselves (the batching of group commit: DeWitt et al., "Implementation
/// Techniques for Main Memory Database Systems", 1984). While another block is in flight, one at least as large leaves at once, a smaller one after a moment,
/// so that the callers of a completed block are not split into many small ones (as John Nagle's rule does for packets, RFC 896). Not for several threads at
/// once.
/// </summary>
/// <typeparam name="T">A put, of one event or several.</typeparam>
/// <param name="maxEvents">Most events of a block, at least 1; a larger put leaves alone.</param>
/// <param name="maxBytes">Most bytes of a block; a larger put leaves alone.</param>
/// <param name="maxInFlight">Most blocks in flight at once, at least 1.</param>
/// <param name="longestHold">How long a put waits for company while another block is in flight, in the units of the timestamps.</param>
internal sealed class PutBatchQueue<T>(int maxEvents, long maxBytes, int maxInFlight, long longestHold)
{
    private readonly Queue<Waiting> _waiting = new();
    private int _waitingEvents;
    private long _waitingBytes;
    private int _lastEvents;

    /// <summary>Blocks in flight.</summary>
    public int InFlight { get; private set; }

    /// <summary>Puts that wait.</summary>
    public int Count => _waiting.Count;

    /// <summary>Whether a block may leave now.</summary>
    /// <param name="now">A timestamp.</param>
    public bool CanDepart(long now) => _waiting.TryPeek(out var first) && (InFlight == 0
        || (InFlight < maxInFlight
            && (_waitingEvents >= Math.Min(_lastEvents, maxEvents) || _waitingBytes >= maxBytes || now - first.Since >= longestHold)));

    /// <summary>Whether what waits is only held for company, so that it may leave when its pause is over and nothing else has happened.</summary>
    /// <param name="now">A timestamp.</param>
    public bool IsHeld(long now) => _waiting.Count > 0 && InFlight < maxInFlight && !CanDepart(now);

    /// <summary>Adds a put.</summary>
    /// <param name="put">The put.</param>
    /// <param name="events">Its events.</param>
    /// <param name="bytes">Their bytes.</param>
    /// <param name="now">A timestamp, ascending.</param>
    public void Add(T put, int events, long bytes, long now)
    {
        _waiting.Enqueue(new Waiting(put, events, bytes, now));
        _waitingEvents += events;
        _waitingBytes += bytes;
    }

    /// <summary>When the oldest waiting put arrived; null when none waits.</summary>
    public long? WaitingSince => _waiting.TryPeek(out var first) ? first.Since : null;

    /// <summary>Takes the next block, in the order in which its puts came.</summary>
    /// <param name="block">Empty; receives it.</param>
    /// <param name="now">A timestamp.</param>
    /// <returns>False when none may leave now.</returns>
    public bool TryDepart(List<T> block, long now)
    {
        if (!CanDepart(now))
        {
            return false;
        }

        var events = 0;
        long bytes = 0;
        while (_waiting.TryPeek(out var next) && (block.Count == 0 || (events + next.Events <= maxEvents && bytes + next.Bytes <= maxBytes)))
        {
            block.Add(_waiting.Dequeue().Put);
            events += next.Events;
            bytes += next.Bytes;
        }

        InFlight++;
        _waitingEvents -= events;
        _waitingBytes -= bytes;
        _lastEvents = events;
        return true;
    }

    /// <summary>A block has been answered, with success or not.</summary>
    public void OnBack() => InFlight--;

    private readonly record struct Waiting(T Put, int Events, long Bytes, long Since);
}
