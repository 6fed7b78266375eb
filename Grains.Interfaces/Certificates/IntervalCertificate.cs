using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Certificates;

/// <summary>
/// What is certified of an interval: which events it has, and whether these are all. Its text (<see cref="Text"/>, docs/certificates.md) is a leaf of its
/// cluster's log. Its state follows from the other facts and from nothing else.
/// </summary>
public sealed record IntervalCertificate
{
    /// <summary>Most bytes of the text: a log serves it with a length of 16 bits.</summary>
    public const int MaxLength = ushort.MaxValue;

    /// <summary>The store.</summary>
    public required Guid Store { get; init; }

    /// <summary>The cluster whose peers were asked, and whose log it is in.</summary>
    public required Guid Cluster { get; init; }

    /// <summary>The interval.</summary>
    public required Interval Interval { get; init; }

    /// <summary>1 for the interval's first certificate; one more for each that supplements it.</summary>
    public required int Version { get; init; }

    /// <summary>The events.</summary>
    public required IntervalContent Content { get; init; }

    /// <summary>The coordinators that formed its blocks, ascending by ordinal and incarnation.</summary>
    public required ImmutableArray<CertifiedNumbers> Coordinators { get; init; }

    /// <summary>Blocks of programs that did not number their blocks of an interval: nothing can say whether one of them is missing.</summary>
    public long Unnumbered { get; init; }

    /// <summary>Why an operator has accepted the blocks without numbers; null where not.</summary>
    public string? UnnumberedAccepted { get; init; }

    /// <summary>The blocks by their copies.</summary>
    public required AdherenceCounts Copies { get; init; }

    /// <summary>Who lacks copies, ascending by ordinal.</summary>
    public ImmutableArray<PeerMissingCopies> MissingCopies { get; init; } = [];

    /// <summary>The peers that have answered everything, ascending by ordinal.</summary>
    public required ImmutableArray<CertificatePeer> Answered { get; init; }

    /// <summary>The peers that may hold something else, ascending by ordinal.</summary>
    public ImmutableArray<CertificateDoubt> Doubts { get; init; } = [];

    /// <summary>The policy that copies are counted by, in words.</summary>
    public required string Policy { get; init; }

    /// <summary>The version of the registry's list of peers.</summary>
    public required long Topology { get; init; }

    /// <summary>SHA-256 of the text of the certificate before it in the log; null for the first.</summary>
    public required TreeHash? Previous { get; init; }

    /// <summary>When it was made, UTC, in whole seconds.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>What it promises.</summary>
    public CertificateState State =>
        !Doubts.IsEmpty || (Unnumbered > 0 && UnnumberedAccepted is null) || Coordinators.Any(static c => c.IsInDoubt) ? CertificateState.Unknown
        : !MissingCopies.IsEmpty ? CertificateState.CompleteDegraded
        : CertificateState.Complete;

    /// <summary>The text, of which there is one.</summary>
    /// <exception cref="CertificateFormatException">A fact is not possible, or the text would be longer than <see cref="MaxLength"/> bytes.</exception>
    public string Text => CertificateWriter.Write(this);

    /// <summary>Reads a text.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly the text of a certificate, or contradicts itself.</exception>
    public static IntervalCertificate Parse(string text) => CertificateParser.Parse(text);

    /// <inheritdoc cref="Parse(string)"/>
    public static IntervalCertificate Parse(ReadOnlySpan<byte> text) => CertificateParser.Parse(StrictText.Decode(text, "a certificate"));

    /// <inheritdoc/>
    public bool Equals(IntervalCertificate? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Interval, Version, Content);
}
