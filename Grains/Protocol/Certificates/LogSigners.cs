using AllData.Certificates;
using AllData.Peers;

namespace AllData.Protocol.Certificates;

/// <summary>The peers of a cluster that sign its certificate log: those that store, each with the key of its present data directory.</summary>
internal static class LogSigners
{
    /// <summary>Whose signatures count now.</summary>
    /// <param name="log">The <see cref="LogIdentity"/> of the cluster.</param>
    /// <param name="topology">What the cluster's registry says.</param>
    /// <param name="minZones">Zones that signers of a valid head must lie in.</param>
    /// <param name="whyNone">Why there can be no valid head now: a sentence; null when there can.</param>
    public static LogTrust? TrustOf(Guid log, TopologySnapshot topology, int minZones, out string? whyNone)
    {
        var keys = topology.Ordinals.ToDictionary(static o => o.Ordinal, static o => o.PublicKey);
        var storing = topology.Peers.Where(static p => p.Stores).OrderBy(static p => p.Ordinal).ToList();
        var without = storing.FindAll(p => keys.GetValueOrDefault(p.Ordinal, "").Length == 0);

        // A peer without a key counts among those of which more than half must sign.
        whyNone = storing.Count == 0 ? "No peer stores."
            : without.Count > 0
                ? $"No public key is known of {string.Join(", ", without.Select(static p => p.Id))}: start each with this version of the program."
            : null;
        return whyNone is not null ? null : new LogTrust(
            CertificateLog.OriginOf(log), minZones,
            [.. storing.Select(p => new TrustedPeer(KeyOf(log, p.Ordinal, keys[p.Ordinal]), $"{p.Location.Region}/{p.Location.Zone}"))]);
    }

    private static VerifierKey KeyOf(Guid log, int ordinal, string key) =>
        VerifierKey.Of(CertificateLog.SignerOf(log, ordinal), Convert.FromBase64String(key));
}
