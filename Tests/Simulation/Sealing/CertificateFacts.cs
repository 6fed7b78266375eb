using AllData.Certificates;
using AllData.Protocol.Certificates;

namespace AllData.Simulation.Sealing;

/// <summary>What a peer would have found out that agrees with a certificate.</summary>
internal static class CertificateFacts
{
    /// <summary>The facts.</summary>
    public static SealingFacts Of(IntervalCertificate certificate) => new()
    {
        Store = certificate.Store,
        Cluster = certificate.Cluster,
        Interval = certificate.Interval,
        Peers = [.. certificate.Answered.Select(static a => Sound(a.Ordinal, a.Peer))],
        Content = certificate.Content,
        Coordinators = certificate.Coordinators,
        Unnumbered = certificate.Unnumbered,
        Copies = certificate.Copies,
        MissingCopies = certificate.MissingCopies,
        Policy = certificate.Policy,
        Topology = certificate.Topology,
        Time = certificate.Time,
    };

    /// <summary>A peer that has done all it was asked.</summary>
    public static PeerFacts Sound(int ordinal, Peers.PeerId peer) =>
        new(ordinal, peer) { HasAnswered = true, IsClosed = true, HasReportedNumbers = true };
}
