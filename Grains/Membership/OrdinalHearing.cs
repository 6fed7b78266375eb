using AllData.Peers;

namespace AllData.Membership;

/// <summary>
/// Which silos have told a registry what ordinals were given since it read its state. That may have been an old one, put back from a backup, and what it has
/// heard from by then decides how much of what it has forgotten it knows again. Until then it gives no new ordinal; all else it does.
/// </summary>
internal sealed class OrdinalHearing
{
    /// <summary>How long it waits for those that do not answer: as long as the silos of a cluster need to start beside each other.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly HashSet<PeerId> _heard = [];

    /// <summary>A peer's silo has told what it has seen.</summary>
    public void OnHeard(PeerId peer) => _heard.Add(peer);

    /// <summary>Those that have told nothing yet, by name.</summary>
    /// <param name="expected">All that could tell something.</param>
    public IReadOnlyList<PeerId> Missing(IEnumerable<PeerId> expected) => [.. expected.Where(peer => !_heard.Contains(peer)).Distinct().Order()];

    /// <summary>Why no new ordinal can be given yet: a sentence; null when one can.</summary>
    /// <param name="expected">All that could tell something: the registered peers, and those whose silos run.</param>
    /// <param name="waited">For how long the registry has been asking.</param>
    public string? WhyNotYet(IEnumerable<PeerId> expected, TimeSpan waited) => waited < Patience && Missing(expected) is { Count: > 0 } missing
        ? $"The registry has read its state {waited.TotalSeconds:0} s ago and has not heard yet from {string.Join(", ", missing)} which ordinals were given: "
            + $"should its database have been put back from a backup, it could give one twice. It waits {Patience.TotalSeconds:0} s for those that do not "
            + "answer; the silo asks again by itself."
        : null;
}
