using System.Collections.Concurrent;
using AllData.Peers;

namespace AllData.Protocol;

/// <summary>
/// Remembers which peers were silent or in error a moment ago, so that the next block goes around them: a silent one for a second, then
/// twice as long each time, an erring one for a second; any answer clears it. Safe for several threads. Holds one small entry per peer in
/// trouble, at most one per registered peer if <see cref="KeepOnly"/> is called when the topology changes.
/// </summary>
public sealed class PeerHealth
{
    /// <summary>How long a peer is avoided after its first silence or an error, milliseconds.</summary>
    public const long FirstAvoidance = 1_000;

    /// <summary>How long it is avoided at most, milliseconds.</summary>
    public const long LongestAvoidance = 15_000;

    private readonly ConcurrentDictionary<PeerId, Trouble> _troubles = new();

    /// <summary>A peer did not answer within the replica deadline.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public void OnSilent(PeerId peer, long now) => _troubles.AddOrUpdate(peer,
        static (_, now) => new Trouble(now + FirstAvoidance, FirstAvoidance),

        // Many blocks were on their way to it: silence that falls into the avoidance is the same silence and does not double it again.
        static (_, trouble, now) => trouble.IsActive(now) && trouble.Length > 0 ? trouble : trouble.AfterSilence(now),
        now);

    /// <summary>A peer answered with an error, or its connection broke.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public void OnError(PeerId peer, long now) => _troubles.AddOrUpdate(peer,
        static (_, now) => new Trouble(now + FirstAvoidance, 0),
        static (_, trouble, now) => trouble.IsActive(now + FirstAvoidance) ? trouble : trouble with { Until = now + FirstAvoidance },
        now);

    /// <summary>A peer answered, if late: it is not avoided any more.</summary>
    public void OnAnswer(PeerId peer) => _troubles.TryRemove(peer, out _);

    /// <summary>Whether to go around a peer.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="now">Milliseconds since 1970 UTC.</param>
    public bool IsAvoided(PeerId peer, long now) => _troubles.TryGetValue(peer, out var trouble) && trouble.IsActive(now);

    /// <summary>Forgets peers that are not registered any more.</summary>
    public void KeepOnly(Topology topology)
    {
        foreach (var peer in _troubles.Keys)
        {
            if (topology.IndexOf(peer) < 0)
            {
                _troubles.TryRemove(peer, out _);
            }
        }
    }

    /// <summary>Until when a peer is avoided, and the length of its last avoidance for silence; 0 when it only erred.</summary>
    private readonly record struct Trouble(long Until, long Length)
    {
        // After the clock was set back the end may lie far ahead, further than any avoidance reaches: then it is over.
        public bool IsActive(long now) => now < Until && Until - now <= LongestAvoidance;

        public Trouble AfterSilence(long now)
        {
            var length = Length == 0 ? FirstAvoidance : Math.Min(2 * Length, LongestAvoidance);
            return new Trouble(now + length, length);
        }
    }
}
