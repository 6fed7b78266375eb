using AllData.Events;

namespace AllData.Coordination;

/// <summary>
/// The puts that a coordinator has in flight, by the smallest key that each may still write: nothing of them can appear below all of these keys.
/// Safe for several threads.
/// </summary>
internal sealed class PendingKeys
{
    private readonly Lock _gate = new();
    private readonly HashSet<Pending> _pending = [];

    /// <summary>The smallest key that a put in flight may still write; null when no put is in flight.</summary>
    public EventKey? Lowest
    {
        get
        {
            lock (_gate)
            {
                return _pending.Count == 0 ? null : _pending.Min(static p => p.Low);
            }
        }
    }

    /// <summary>Begins a put, before it has keys of its own.</summary>
    /// <param name="low">It writes no smaller key.</param>
    public Pending Enter(EventKey low)
    {
        var pending = new Pending(this, low);
        lock (_gate)
        {
            _pending.Add(pending);
        }

        return pending;
    }

    /// <summary>A put in flight, until it is disposed of.</summary>
    public sealed class Pending : IDisposable
    {
        private readonly PendingKeys _keys;

        internal Pending(PendingKeys keys, EventKey low)
        {
            _keys = keys;
            Low = low;
        }

        internal EventKey Low { get; private set; }

        /// <summary>The put has its keys now, and writes none smaller than this one.</summary>
        public void Raise(EventKey low)
        {
            lock (_keys._gate)
            {
                Low = low > Low ? low : Low;
            }
        }

        /// <summary>The put is acknowledged, or can write nothing any more.</summary>
        public void Dispose()
        {
            lock (_keys._gate)
            {
                _keys._pending.Remove(this);
            }
        }

        /// <summary>The put has failed; calls in flight may still write until a task has ended.</summary>
        public void DisposeAfter(Task end) => _ = end.ContinueWith(
            static (_, state) => ((Pending)state!).Dispose(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
