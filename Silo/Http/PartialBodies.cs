using System.Collections.Concurrent;

namespace AllData.Silo.Http;

/// <summary>
/// The bodies and lines that have come in part. While there is room a slow sender may take its time. When others wait for room, senders that do not
/// send lose theirs, the largest first.
/// </summary>
internal sealed class PartialBodies(TimeProvider time)
{
    private readonly ConcurrentDictionary<PartialBody, PartialBody> _partial = new();

    /// <summary>Begins to watch a sender.</summary>
    /// <param name="giveUp">Ends the reading of its body; called at most once.</param>
    /// <param name="beside">What it occupies in addition to the bytes received, for example a decoder's window.</param>
    public PartialBody Watch(Action giveUp, Func<long>? beside = null)
    {
        var partial = new PartialBody(this, time, giveUp, beside);
        _partial[partial] = partial;
        return partial;
    }

    /// <summary>Makes senders that do not send give up their room, until enough will be free.</summary>
    /// <param name="wanted">Bytes.</param>
    /// <returns>Whether any did: their room is free soon, not yet.</returns>
    public bool MakeRoom(long wanted)
    {
        var freed = 0L;
        foreach (var partial in _partial.Keys.Where(static p => p.Bytes > 0 && p.IsSlow).OrderByDescending(static p => p.Bytes))
        {
            if (freed >= wanted)
            {
                break;
            }

            freed += partial.TryGiveUp() ? partial.Bytes : 0;
        }

        return freed > 0;
    }

    internal void Forget(PartialBody partial) => _partial.TryRemove(partial, out _);
}

/// <summary>What one sender has sent in part, and how steadily it sends.</summary>
internal sealed class PartialBody(PartialBodies all, TimeProvider time, Action giveUp, Func<long>? beside) : IDisposable
{
    /// <summary>Slowest sending that keeps its room while others wait for some, bytes per second.</summary>
    public const int BytesPerSecond = 65_536;

    /// <summary>
    /// Longest silence that keeps it. It is also the longest silence that fast sending earns: a megabyte at once and then a byte now and then must not
    /// count as steady.
    /// </summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private TimeSpan _credit = Grace;
    private long? _waitsSince;
    private long _bytes;
    private bool _hasEnded;

    /// <summary>Bytes that it occupies.</summary>
    public long Bytes => Held + (beside?.Invoke() ?? 0);

    /// <summary>Bytes of it that have come.</summary>
    public long Held => Volatile.Read(ref _bytes);

    /// <summary>Whether it has lost its room.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>Whether more is awaited, and for longer than the received bytes allow.</summary>
    public bool IsSlow
    {
        get
        {
            lock (_lock)
            {
                return _waitsSince is { } since && time.GetElapsedTime(since) > _credit;
            }
        }
    }

    /// <summary>More of it is awaited from now on.</summary>
    public void Wait()
    {
        lock (_lock)
        {
            _waitsSince ??= time.GetTimestamp();
        }
    }

    /// <summary>Something has come.</summary>
    /// <param name="arrived">Bytes.</param>
    /// <param name="held">Bytes of it that are kept now.</param>
    public void Take(long arrived, long held)
    {
        lock (_lock)
        {
            var waited = _waitsSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
            var credit = _credit - waited + TimeSpan.FromSeconds((double)arrived / BytesPerSecond);
            _credit = credit > Grace ? Grace : credit;
            _waitsSince = null;
            _bytes = held;
        }
    }

    /// <summary>Ends its reading; false when that has ended already.</summary>
    public bool TryGiveUp()
    {
        lock (_lock)
        {
            if (_hasEnded)
            {
                return false;
            }

            // Within the lock: its owner cannot dispose of what is about to be cancelled.
            _hasEnded = HasGivenUp = true;
            giveUp();
            return true;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _hasEnded = true;
        }

        all.Forget(this);
    }
}
