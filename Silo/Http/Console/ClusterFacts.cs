using System.Collections.Frozen;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replicas;

namespace AllData.Silo.Http.Console;

/// <summary>What a peer's silo has answered last.</summary>
/// <param name="Figures">Its last figures, however old; null before the first.</param>
/// <param name="Silence">Why it has not answered the last question: a sentence; null when it has.</param>
/// <param name="Rounds">How many rounds it has been silent for.</param>
/// <param name="Took">How long its answers take, smoothed.</param>
internal sealed record SiloAnswer(PeerFigures? Figures, string? Silence, int Rounds, TimeSpan Took)
{
    /// <summary>Nothing was asked yet.</summary>
    public static SiloAnswer None { get; } = new(null, null, 0, TimeSpan.Zero);

    /// <summary>When the figures came, in seconds of the gathering's clock, which never jumps.</summary>
    public double At { get; init; }

    /// <summary>The intervals that it has described last; null before the first time.</summary>
    public PeerFigures? WithIntervals { get; init; }

    /// <summary>When it has described them, in seconds of the gathering's clock.</summary>
    public double IntervalsAt { get; init; }
}

/// <summary>What is known of the cluster in one round.</summary>
/// <param name="At">The time of day.</param>
/// <param name="Seconds">The gathering's clock, which never jumps.</param>
/// <param name="Topology">The peers.</param>
/// <param name="Answers">What their silos have answered.</param>
/// <param name="Views">What the registry says of them; without those of which it has not said anything yet.</param>
internal sealed record ClusterFacts(
    DateTimeOffset At, double Seconds, ConsoleTopology Topology, FrozenDictionary<PeerId, SiloAnswer> Answers, FrozenDictionary<PeerId, PeerView> Views)
{
    /// <summary>The newest certificates of the intervals that are shown.</summary>
    public FrozenDictionary<Interval, CertifiedInterval> Sealed { get; init; } = FrozenDictionary<Interval, CertifiedInterval>.Empty;

    /// <summary>The peers of the own cluster that the last question found silent, or that no silo hosts, and that store.</summary>
    public IEnumerable<PeerDescriptor> Silent => Topology.Own.Peers.Where(p => p is { Stores: true, IsPutOnly: false } && !IsAnswering(p.Id));

    /// <summary>The answer of a peer.</summary>
    public SiloAnswer AnswerOf(PeerId peer) => Answers.GetValueOrDefault(peer) ?? SiloAnswer.None;

    /// <summary>Whether a silo hosts a peer, and the last question to it was answered.</summary>
    public bool IsAnswering(PeerId peer) => Topology.Hosted.Contains(peer) && AnswerOf(peer).Silence is null;
}
