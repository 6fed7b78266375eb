using AllData.Events;

namespace AllData.Simulation.Invariants;

/// <summary>
/// Invariant 7: what a complete scan calls safe is: no event under a fresh key of a silo that it has asked is acknowledged there later and was not given.
/// </summary>
internal sealed class SafeIsSafe(InvariantSet invariants)
{
    private EventKey _unsafeFrom;
    private IReadOnlySet<int> _asked = new HashSet<int>();
    private IReadOnlySet<(EventKey, EventDigest)> _given = new HashSet<(EventKey, EventDigest)>();

    /// <summary>A complete scan of everything has ended.</summary>
    /// <param name="unsafeFrom">The first key at which it says that events may still appear.</param>
    /// <param name="asked">Ordinals of the silos that it has asked.</param>
    /// <param name="given">What it gave.</param>
    public void OnScanned(EventKey unsafeFrom, IReadOnlySet<int> asked, IReadOnlySet<(EventKey, EventDigest)> given)
    {
        if (unsafeFrom > _unsafeFrom)
        {
            (_unsafeFrom, _asked, _given) = (unsafeFrom, asked, given);
        }
    }

    /// <summary>An event under a fresh key was acknowledged.</summary>
    public void CheckAcknowledged(EventKey key, EventDigest digest) => invariants.Require(
        "7 safe is safe", key >= _unsafeFrom || !_asked.Contains(key.Ordinal) || _given.Contains((key, digest)), () =>
            $"event {key} is acknowledged, and a scan that has not given it said that below {_unsafeFrom} nothing can appear any more.");
}
