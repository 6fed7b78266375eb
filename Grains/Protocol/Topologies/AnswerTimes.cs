using System.Collections.Concurrent;
using AllData.Peers;

namespace AllData.Protocol.Topologies;

/// <summary>
/// How long each peer usually takes to make a block durable, and so how long to wait for it before another peer takes its place: a peer that hangs in the
/// own zone is replaced soon, one on another continent is not given up too early. Safe for several threads; one small entry for each peer.
/// </summary>
/// <remarks>
/// The deadline is <see cref="Patience"/> times <see cref="SmoothedTime.Usual"/>, or <see cref="SlowestPatience"/> times the slowest of the last answers if
/// that is longer, within the bounds. Replacing a slow peer costs a copy more, so it is not done at an answer that is later than most: under load, a disk that
/// flushes a checkpoint answers some in a thousand calls very late, which mean and deviation have forgotten before the next of them.
/// </remarks>
/// <param name="shortest">Not less than this is waited.</param>
/// <param name="longest">Not more than this is waited, and this long while little is known of a peer.</param>
internal sealed class AnswerTimes(TimeSpan shortest, TimeSpan longest)
{
    /// <summary>How many times the usual time is waited.</summary>
    public const int Patience = 4;

    /// <summary>How many times the slowest of the last answers is waited.</summary>
    public const int SlowestPatience = 2;

    /// <summary>The slowest of at least so many answers counts.</summary>
    public const int Window = 1_024;

    /// <summary>Answers after which a peer is known: the first ones compile code and open connections.</summary>
    public const int Known = 32;

    private readonly ConcurrentDictionary<PeerId, Times> _times = new();
    private readonly double _shortest = Math.Min(shortest.TotalMilliseconds, longest.TotalMilliseconds);

    /// <summary>Not more than this is waited for any peer.</summary>
    public TimeSpan Longest => longest;

    /// <summary>How long to wait for a peer's answer while a caller waits for it.</summary>
    public TimeSpan DeadlineOf(PeerId peer) => _times.TryGetValue(peer, out var time) && time.Smoothed.Count >= Known
        ? TimeSpan.FromMilliseconds(
            Math.Clamp(Math.Max(Patience * time.Smoothed.Usual, SlowestPatience * time.Slowest.Milliseconds), _shortest, longest.TotalMilliseconds))
        : longest;

    /// <summary>A peer has made a block durable, in time or late.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="took">How long it took, from the call to the answer.</param>
    public void OnAnswer(PeerId peer, TimeSpan took)
    {
        var milliseconds = Math.Clamp(took.TotalMilliseconds, 0, longest.TotalMilliseconds);
        var times = _times.GetOrAdd(peer, static _ => new Times());
        times.Smoothed.Add(milliseconds);
        if (times.Smoothed.Count >= Known)
        {
            times.Slowest.Add(milliseconds);
        }
    }

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

    private sealed class Times
    {
        public SmoothedTime Smoothed { get; } = new();

        public SlowestTime Slowest { get; } = new(Window);
    }
}
