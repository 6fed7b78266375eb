namespace AllData.Coordination;

/// <summary>
/// Bounds the bytes that a silo's puts have under way. Beyond the bound a put is refused at once: a queue that only grows makes every put late
/// and helps none.
/// </summary>
internal sealed class AdmissionGate(long maxBytes)
{
    private long _waiting;

    /// <summary>Bytes under way.</summary>
    public long WaitingBytes => Volatile.Read(ref _waiting);

    /// <summary>The bound.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>Takes room for bytes, or takes none and answers false. Whoever comes when nothing is under way is always let in.</summary>
    public bool TryEnter(long bytes)
    {
        var waiting = WaitingBytes;
        while (waiting == 0 || waiting + bytes <= maxBytes)
        {
            var found = Interlocked.CompareExchange(ref _waiting, waiting + bytes, waiting);
            if (found == waiting)
            {
                return true;
            }

            waiting = found;
        }

        return false;
    }

    /// <summary>Takes charge of room that was entered.</summary>
    /// <param name="bytes">How much.</param>
    public Ticket Hold(long bytes) => new(this, bytes);

    /// <summary>Gives room back.</summary>
    public void Leave(long bytes) => Interlocked.Add(ref _waiting, -bytes);

    /// <summary>
    /// Room that was entered. It is given back when the puts themselves and every block that they went into have let go: a block outlives the
    /// reply while replicas are still being written.
    /// </summary>
    internal sealed class Ticket(AdmissionGate gate, long bytes) : IDisposable
    {
        private int _holders = 1;

        /// <summary>Keeps the room until a task has ended.</summary>
        public void HoldUntil(Task end)
        {
            Interlocked.Increment(ref _holders);
            _ = end.ContinueWith(
                static (_, state) => ((Ticket)state!).Dispose(),
                this,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        /// <summary>Lets go; the last one gives the room back.</summary>
        public void Dispose()
        {
            if (Interlocked.Decrement(ref _holders) == 0)
            {
                gate.Leave(bytes);
            }
        }
    }
}
