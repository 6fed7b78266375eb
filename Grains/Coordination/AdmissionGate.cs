namespace AllData.Coordination;

/// <summary>
/// Bounds the bytes that a silo's puts have in flight. Beyond the bound a put is refused at once: a queue that only grows makes every put late
/// and helps none.
/// </summary>
internal sealed class AdmissionGate(long maxBytes)
{
    private long _waiting;

    public long WaitingBytes => Volatile.Read(ref _waiting);

    public long MaxBytes => maxBytes;

    /// <summary>Takes room for bytes. A put is always admitted when nothing is in flight.</summary>
    /// <returns>The room, which the caller disposes of; null if there is not enough; then nothing was taken.</returns>
    public Ticket? TryEnter(long bytes)
    {
        var waiting = WaitingBytes;
        while (waiting == 0 || waiting + bytes <= maxBytes)
        {
            var found = Interlocked.CompareExchange(ref _waiting, waiting + bytes, waiting);
            if (found == waiting)
            {
                return new Ticket(this, bytes);
            }

            waiting = found;
        }

        return null;
    }

    private void Leave(long bytes) => Interlocked.Add(ref _waiting, -bytes);

    /// <summary>
    /// The room of a put. Everything that works on the put holds the ticket and releases it; the last release gives the room back. A block outlives
    /// the reply while replicas are still being written.
    /// </summary>
    internal sealed class Ticket : IDisposable
    {
        private readonly AdmissionGate _gate;
        private readonly long _bytes;
        private readonly IReadOnlyList<Ticket> _parts = [];
        private int _holders = 1;

        internal Ticket(AdmissionGate gate, long bytes) => (_gate, _bytes) = (gate, bytes);

        private Ticket(AdmissionGate gate, IReadOnlyList<Ticket> parts) => (_gate, _parts) = (gate, parts);

        /// <summary>Joins the tickets of several puts into one, which releases them together.</summary>
        /// <param name="parts">At least one; the new ticket takes over the caller's hold of each.</param>
        public static Ticket Join(IReadOnlyList<Ticket> parts) => parts.Count == 1 ? parts[0] : new Ticket(parts[0]._gate, parts);

        /// <summary>Adds a holder, which disposes of the ticket once.</summary>
        public Ticket Share()
        {
            Interlocked.Increment(ref _holders);
            return this;
        }

        /// <summary>Keeps the room until a task has ended.</summary>
        public void HoldUntil(Task end)
        {
            Share();
            _ = end.ContinueWith(
                static (_, state) => ((Ticket)state!).Dispose(),
                this,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
        }

        /// <summary>Releases one hold; the last one gives the room back.</summary>
        public void Dispose()
        {
            if (Interlocked.Decrement(ref _holders) > 0)
            {
                return;
            }

            _gate.Leave(_bytes);
            foreach (var part in _parts)
            {
                part.Dispose();
            }
        }
    }
}
