using System.Collections.Immutable;

namespace AllData.Peers;

/// <summary>Why others have taken a peer's place in its copysets.</summary>
public enum ReplacementReason
{
    /// <summary>It is drained: it is about to leave.</summary>
    Drained = 0,

    /// <summary>It was dropped.</summary>
    Dropped = 1,

    /// <summary>No silo has hosted it for longer than the grace period.</summary>
    Away = 2,
}

/// <summary>
/// An entry of the registry's replacement log: from this version on, others take a peer's place in the copysets that name one of its data
/// directories. The entry is taken back when the peer returns with the same directory.
/// </summary>
/// <param name="Version">The topology version that it came with; entries are applied in this order.</param>
/// <param name="Peer">The peer.</param>
/// <param name="Ordinal">The ordinal of its directory then: this one and its earlier ones are replaced, a later one is the peer itself.</param>
/// <param name="Reason">Why.</param>
/// <param name="Candidates">Possible successors, never changed so that every peer names the same ones; ascending by ordinal.</param>
[GenerateSerializer, Immutable, Alias("AllData.PeerReplacement")]
public sealed record PeerReplacement(
    [property: Id(0)] long Version,
    [property: Id(1)] PeerId Peer,
    [property: Id(2)] int Ordinal,
    [property: Id(3)] ReplacementReason Reason,
    [property: Id(4)] ImmutableArray<ReplacementCandidate> Candidates)
{
    /// <summary>Where the peer was when the entry was made: a dropped one is in no list any more. A successor is sought that spreads the copies as it
    /// did.</summary>
    [Id(5)]
    public PeerLocation Location { get; init; }
}

/// <summary>A possible successor.</summary>
/// <param name="Ordinal">The ordinal of its directory.</param>
/// <param name="Location">Where it was when the entry was made.</param>
[GenerateSerializer, Immutable, Alias("AllData.ReplacementCandidate")]
public readonly record struct ReplacementCandidate([property: Id(0)] int Ordinal, [property: Id(1)] PeerLocation Location);
