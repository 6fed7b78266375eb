using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Intervals;
using AllData.Peers;

namespace AllData.Sealing;

/// <summary>
/// What silos ask of a peer about sealing. Its keys are those of replicas: it is where its peer is. For silos only.
/// </summary>
[Alias("AllData.ICosignerGrain")]
internal interface ICosignerGrain : IGrainWithStringKey
{
    /// <summary>Promises durably that the peer takes no more puts of an interval, if it is over, and says what is known of it.</summary>
    [Alias("Close"), ResponseTimeout("00:30:00")]
    Task<CloseReply> Close(Interval interval);

    /// <summary>What the peer has of the log, and what it has signed.</summary>
    [Alias("GetStanding")]
    Task<LogStanding> GetStanding();

    /// <summary>Finds out everything about the interval of a certificate itself, and signs the head with it, or says why not.</summary>
    [Alias("Cosign"), ResponseTimeout("00:30:00")]
    Task<CosignReply> Cosign(CosignRequest request);

    /// <summary>Promises durably never to sign a head.</summary>
    /// <param name="size">The head's size.</param>
    /// <param name="root">The head's root.</param>
    /// <returns>The signature of the refusal; null: the peer has signed the head, or may have.</returns>
    [Alias("Refuse")]
    Task<string?> Refuse(long size, TreeHash root);

    /// <summary>Takes over a valid head, and the entries under it from another peer.</summary>
    /// <param name="source">The peer that has the entries.</param>
    /// <param name="note">The head with its signatures.</param>
    /// <returns>The size that its log then has.</returns>
    [Alias("Follow"), ResponseTimeout("00:05:00")]
    Task<long> Follow(PeerId source, string note);

    /// <summary>What the peer holds of each interval, in short.</summary>
    [Alias("GetHeld")]
    Task<ImmutableArray<IntervalMark>> GetHeld();

    /// <summary>The texts of entries from an index on: at least one, if there is one, and not many bytes.</summary>
    [Alias("ReadEntries")]
    Task<ImmutableArray<string>> ReadEntries(long from);

    /// <inheritdoc cref="ICertificateGrain.GetHead"/>
    [Alias("GetHead")]
    Task<CertificateHead> GetHead();

    /// <inheritdoc cref="ICertificateGrain.GetEntries"/>
    [Alias("GetEntries")]
    Task<CertificateEntries> GetEntries(long from, int count);

    /// <inheritdoc cref="ICertificateGrain.GetCertificates"/>
    [Alias("GetCertificates")]
    Task<CertificateEntries> GetCertificates(Interval interval);

    /// <inheritdoc cref="ICertificateGrain.GetSealed"/>
    [Alias("GetSealed")]
    Task<ImmutableArray<CertifiedInterval>> GetSealed(Interval? from, int count);

    /// <summary>Seals an interval as the cluster's sealing peer; the same order again joins the attempt that is going on.</summary>
    [Alias("Seal"), ResponseTimeout("00:30:00")]
    Task<SealOutcome> Seal(SealOrder order);
}
