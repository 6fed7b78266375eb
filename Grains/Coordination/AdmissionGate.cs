using System.Diagnostics.CodeAnalysis;

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
    public bool TryEnter(long bytes, [NotNullWhen(true)] out Ticket? ticket)
    {
        ticket = null;
        var waiting = WaitingBytes;
        while (waiting == 0 || waiting + bytes <= maxBytes)
        {
            var found = Interlocked.CompareExchange(ref _waiting, waiting + bytes, waiting);
            if (found == waiting)
            {
                ticket = new Ticket(this, bytes);
                return true;
            }

            waiting = found;
        }

        return false;
    }

    /// <summary>
    /// Room taken by one put. It is given back when the put itself and every block that shares it have let go: a block outlives the reply while
    /// replicas are still being written.
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
                Interlocked.Add(ref gate._waiting, -bytes);
            }
        }
    }
}
