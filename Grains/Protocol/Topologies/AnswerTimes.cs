using System.Collections.Concurrent;
using AllData.Peers;

namespace AllData.Protocol.Topologies;

/// <summary>
/// How long each peer usually takes to make a block durable, and so how long to wait for it before another peer takes its place: a peer that hangs in the
/// own zone is replaced soon, one on another continent is not given up too early. Safe for several threads; one small entry for each peer.
/// </summary>
/// <remarks>
/// The deadline is <see cref="Patience"/> times <see cref="SmoothedTime.Usual"/>, within the bounds: replacing a slow peer costs a copy more, so it is not
/// done at the first answer that is later than most.
/// </remarks>
/// <param name="shortest">Not less than this is waited.</param>
/// <param name="longest">Not more than this is waited, and this long while little is known of a peer.</param>
internal sealed class AnswerTimes(TimeSpan shortest, TimeSpan longest)
{
    /// <summary>How many times the usual time is waited.</summary>
    public const int Patience = 4;

    /// <summary>Answers after which a peer is known: the first ones compile code and open connections.</summary>
    public const int Known = 32;

    private readonly ConcurrentDictionary<PeerId, SmoothedTime> _times = new();
    private readonly double _shortest = Math.Min(shortest.TotalMilliseconds, longest.TotalMilliseconds);

    /// <summary>Not more than this is waited for any peer.</summary>
    public TimeSpan Longest => longest;

    /// <summary>How long to wait for a peer's answer while a caller waits for it.</summary>
    public TimeSpan DeadlineOf(PeerId peer) => _times.TryGetValue(peer, out var time) && time.Count >= Known
        ? TimeSpan.FromMilliseconds(Math.Clamp(Patience * time.Usual, _shortest, longest.TotalMilliseconds))
        : longest;

    /// <summary>A peer has made a block durable, in time or late.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="took">How long it took, from the call to the answer.</param>
    public void OnAnswer(PeerId peer, TimeSpan took) =>
        _times.GetOrAdd(peer, static _ => new SmoothedTime()).Add(Math.Clamp(took.TotalMilliseconds, 0, longest.TotalMilliseconds));

    /// <summary>Forgets peers that are not registered any more.</summary>
    public void KeepOnly(Topology topology)
    {
        foreach (var peer in _times.Keys)
        {
            if (topology.IndexOf(peer) < 0)
            {
                _times.TryRemove(peer, out _);
            }
        }
    }
}
