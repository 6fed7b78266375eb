using AllData.Peers;

namespace AllData.Protocol.Repair;

/// <summary>
/// How long a peer waits for others of its region to fetch over a link what it is missing, too. Bounded: each wait is for something that arrives, or it ends.
/// Not for several threads.
/// </summary>
/// <param name="patience">How long without anything from a peer until it is no longer waited for.</param>
internal sealed class FetcherPatience(TimeSpan patience)
{
    // For so many times the patience a peer that brought nothing is passed over; then it is tried again.
    private const int Passed = 10;

    private readonly Dictionary<PeerId, Wait> _waits = [];

    /// <summary>Whether a peer is passed over: it was waited for, and has brought nothing for too long.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic time.</param>
    public bool IsOver(PeerId peer, TimeSpan now)
    {
        if (!_waits.TryGetValue(peer, out var wait) || now < wait.PassedUntil)
        {
            return wait is not null;
        }

        if (!wait.IsOn(now, patience) || now - wait.Since < patience)
        {
            return false;
        }

        _waits[peer] = wait with { PassedUntil = now + (patience * Passed) };
        return true;
    }

    /// <summary>Something is left to a peer.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic time.</param>
    public void OnWaiting(PeerId peer, TimeSpan now) =>
        _waits[peer] = _waits.TryGetValue(peer, out var wait) && wait.IsOn(now, patience)
            ? wait with { Asked = now }
            : new Wait(now, now, TimeSpan.MinValue);

    /// <summary>Something has come from a peer: while it brings what is missing, it is waited for.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Monotonic time.</param>
    public void OnBrought(PeerId peer, TimeSpan now)
    {
        if (_waits.TryGetValue(peer, out var wait))
        {
            _waits[peer] = wait with { Since = now, PassedUntil = TimeSpan.MinValue };
        }
    }

    /// <summary>Forgets peers that are no longer compared with.</summary>
    public void KeepOnly(IReadOnlySet<PeerId> peers)
    {
        foreach (var gone in _waits.Keys.Where(peer => !peers.Contains(peer)).ToList())
        {
            _waits.Remove(gone);
        }
    }

    private sealed record Wait(TimeSpan Since, TimeSpan Asked, TimeSpan PassedUntil)
    {
        // What is missing is looked at again and again: if nothing was for a while, nothing is any more.
        public bool IsOn(TimeSpan now, TimeSpan patience) => now - Asked <= patience;
    }
}
