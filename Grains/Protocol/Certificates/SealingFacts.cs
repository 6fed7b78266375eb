using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Protocol.Certificates;

/// <summary>What a peer has said when it was asked about an interval.</summary>
/// <param name="Ordinal">The ordinal of its data directory.</param>
/// <param name="Peer">Its name.</param>
internal sealed record PeerFacts(int Ordinal, PeerId Peer)
{
    /// <summary>Whether it has answered all that it was asked.</summary>
    public bool HasAnswered { get; init; }

    /// <summary>Whether it has promised, durably, to take no more puts of the interval; a peer that stores nothing has nothing to promise.</summary>
    public bool IsClosed { get; init; }

    /// <summary>Why it has not promised that, as it says; null where it has, or has not said it.</summary>
    public string? WhyOpen { get; init; }

    /// <summary>Whether it knows that it has lost or cannot read something of the interval.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>Whether it has said which numbers it issued as a coordinator.</summary>
    public bool HasReportedNumbers { get; init; }

    /// <summary>Why it may hold something that was not seen; null when it cannot.</summary>
    public DoubtReason? Doubt =>
        !HasAnswered ? DoubtReason.Silent
        : IsDamaged ? DoubtReason.Damaged
        : !IsClosed ? DoubtReason.Open
        : !HasReportedNumbers ? DoubtReason.Numbers
        : null;
}

/// <summary>What was found out about an interval, by asking every peer that was registered since it opened, and by reading it.</summary>
internal sealed record SealingFacts
{
    /// <summary>The store.</summary>
    public required Guid Store { get; init; }

    /// <summary>The cluster.</summary>
    public required Guid Cluster { get; init; }

    /// <summary>The interval.</summary>
    public required Interval Interval { get; init; }

    /// <summary>Every peer that was registered at any time since the interval opened and was not dropped, ascending by ordinal.</summary>
    public required ImmutableArray<PeerFacts> Peers { get; init; }

    /// <summary>The events, recomputed from their bytes; null where they could not be read whole.</summary>
    public required IntervalContent? Content { get; init; }

    /// <summary>The coordinators' numbers against the blocks that are held, ascending by ordinal and incarnation, nothing accepted.</summary>
    public required ImmutableArray<CertifiedNumbers> Coordinators { get; init; }

    /// <summary>
    /// Ordinals of directories that are their peers' no more, and may have coordinated puts of the interval: nothing but blocks that are held says so, because
    /// what they noted is gone.
    /// </summary>
    public ImmutableArray<int> Former { get; init; } = [];

    /// <summary>Whether puts of the interval have not ended yet.</summary>
    public bool ArePutsUnderWay { get; init; }

    /// <summary>Blocks without numbers of the interval.</summary>
    public long Unnumbered { get; init; }

    /// <summary>The blocks by their copies.</summary>
    public required AdherenceCounts Copies { get; init; }

    /// <summary>The peers that lack copies, ascending by ordinal.</summary>
    public ImmutableArray<PeerMissingCopies> MissingCopies { get; init; } = [];

    /// <summary>The policy, in words.</summary>
    public required string Policy { get; init; }

    /// <summary>The version of the registry's list of peers.</summary>
    public required long Topology { get; init; }

    /// <summary>When this was found out.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The <see cref="Former"/> directories of which nothing is held, each with an end that is not known.</summary>
    /// <param name="known">The ordinals of coordinators of which something is known.</param>
    public IEnumerable<CertifiedNumbers> FormerWithout(IEnumerable<int> known) =>
        Former.Except(known).Select(static ordinal => new CertifiedNumbers(ordinal, Incarnation: 0, Issued: 0) { IsEndUnknown = true });

    /// <summary>What each peer held that has answered.</summary>
    public HeldMark Held { get; init; } = HeldMark.Nothing;

    /// <summary>The ordinals of those that have not answered everything.</summary>
    public ImmutableArray<int> Silent => [.. Peers.Where(static p => !p.HasAnswered).Select(static p => p.Ordinal)];

    /// <summary>The peers that may hold something that was not seen.</summary>
    public ImmutableArray<CertificateDoubt> Doubts =>
        [.. Peers.Where(static p => p.Doubt is not null).Select(static p => new CertificateDoubt(p.Ordinal, p.Peer, p.Doubt!.Value))];
}
