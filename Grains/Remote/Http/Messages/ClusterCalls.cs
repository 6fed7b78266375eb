using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Federation;
using AllData.Peers;
using AllData.Protocol.Links;
using static AllData.Remote.Http.Messages.MessageParts;

namespace AllData.Remote.Http.Messages;

/// <summary>The calls that a cluster makes to another one, not to a peer.</summary>
internal static class ClusterCalls
{
    // An interval, a version, a state, two counts, a root of 64 digits with its length, an index.
    private const int LeastCertified = 8 + (2 * TreeHash.BinaryLength);

    // A cluster, a region of one letter, a version.
    private const int LeastDrop = 4;

    // Sums of the versions of all clusters must not overflow.
    private const long HighestVersion = 1L << 48;

    /// <summary>What the cluster says of itself.</summary>
    public static PeerCall<ClusterQuestion, ClusterReport> Report { get; } = new(
        "cluster",
        static question => Message(question, static (w, one) =>
        {
            w.Byte((byte)one.Cluster);
            w.Count(one.DocumentVersion);
            w.Number(one.KnownVersion);
            w.Flag(one.IsConfirmed);
            WriteDigest(w, one.DocumentDigest);
        }),
        static m => Read(
            m,
            static (ref PeerMessageReader r) => new ClusterQuestion(ReadCluster(ref r), ReadDocumentVersion(ref r), ReadVersion(ref r), r.Flag())
            {
                DocumentDigest = ReadDigest(ref r),
            }),
        static report => Message(report, WriteReport),
        static m => Read(m, ReadReport));

    /// <summary>The newest certificates of its intervals. A silo of an earlier version does not know the call.</summary>
    public static PeerCall<SealedQuestion, ImmutableArray<CertifiedInterval>> Sealed { get; } = new(
        "certificates",
        static question => Message(question, static (w, one) =>
        {
            w.Key(one.From);
            w.Count(one.Count);
        }),
        static m => Read(m, static (ref PeerMessageReader r) => new SealedQuestion(r.Key(), r.Count())),
        static certified => Message(certified, static (w, list) => w.List(list, WriteCertified)),
        static m => Read(m, static (ref PeerMessageReader r) => r.List(LeastCertified, ReadCertified)));

    private static void WriteCertified(PeerMessageWriter w, CertifiedInterval one)
    {
        WriteInterval(w, one.Interval);
        w.Count(one.Version);
        w.Byte((byte)one.State);
        w.Number(one.Events);
        w.Number(one.Conflicts);
        w.Text(one.Root.ToString());
        w.Number(one.Index);
    }

    private static CertifiedInterval ReadCertified(ref PeerMessageReader r) => new(
        ReadInterval(r.Number(), r.Number()), r.Count(), (CertificateState)r.OneOf((byte)CertificateState.Complete), r.Number(), r.Number(),
        ReadRoot(r.Text()), r.Number());

    private static TreeHash ReadRoot(string text) => TreeHash.TryParse(text, out var root) && root.ToString() == text
        ? root
        : throw new PeerProtocolException($"A text that is no root: it has {2 * TreeHash.BinaryLength} hexadecimal digits.");

    private static void WriteReport(PeerMessageWriter w, ClusterReport report)
    {
        w.Byte((byte)report.Cluster);
        w.Count(report.DocumentVersion);
        w.Number(report.TopologyVersion);
        w.Flag(report.Topology is not null);
        if (report.Topology is { } topology)
        {
            TopologyParts.Write(w, topology);
        }

        w.List(report.Hosted, static (w, peer) => w.Text(peer.Value));
        w.Text(report.Seen.ToString());
        WriteDigest(w, report.DocumentDigest);
        if (report.DocumentDigest.Length > 0)
        {
            w.List(report.Drops, static (w, drop) =>
            {
                w.Byte((byte)drop.Cluster);
                w.Text(drop.Region);
                w.Count(drop.DocumentVersion);
            });
        }
    }

    private static ClusterReport ReadReport(ref PeerMessageReader r)
    {
        var (cluster, document, version) = (ReadCluster(ref r), ReadDocumentVersion(ref r), ReadVersion(ref r));
        var topology = r.Flag() ? TopologyParts.Read(ref r, version) : null;
        var hosted = TopologyParts.Ascending(TopologyParts.List(ref r, 2, TopologyParts.ReadPeer), static peer => peer, "hosted peers");
        var seen = ReadSeen(r.Text());
        var digest = ReadDigest(ref r);
        return new ClusterReport(cluster, document, version, topology, hosted, seen)
        {
            DocumentDigest = digest,
            Drops = digest.Length == 0 ? [] : TopologyParts.List(ref r, LeastDrop, ReadDrop),
        };
    }

    private static RegionWord ReadDrop(ref PeerMessageReader r) => new(ReadCluster(ref r), ReadRegion(r.Text()), ReadDocumentVersion(ref r));

    private static string ReadRegion(string text) => PeerLocation.FaultOf("region", text) is { } fault ? throw new PeerProtocolException(fault) : text;

    // Behind all that an earlier version knows.
    private static void WriteDigest(PeerMessageWriter w, string digest)
    {
        if (digest.Length > 0)
        {
            w.Text(digest);
        }
    }

    private static string ReadDigest(ref PeerMessageReader r) => r.IsAtEnd ? ""
        : r.Text() is { Length: FederationDocument.DigestLength } digest && digest.All(char.IsAsciiHexDigitLower) ? digest
        : throw new PeerProtocolException($"A text that is no digest of a federation document: it has {FederationDocument.DigestLength} hexadecimal digits.");

    private static int ReadCluster(ref PeerMessageReader r) => r.OneOf(FederationDocument.MaxClusters - 1);

    private static int ReadDocumentVersion(ref PeerMessageReader r) =>
        r.Count() is var version && version > 0 ? version : throw new PeerProtocolException("A federation document has version 1 or higher, not 0.");

    private static long ReadVersion(ref PeerMessageReader r) => r.Number() is var version && version is >= 0 and <= HighestVersion
        ? version
        : throw new PeerProtocolException($"{version} is no version of a topology: 0 to {HighestVersion} are.");

    private static SeenOrdinals ReadSeen(string text) => SeenOrdinals.TryParse(text, out var seen) && seen.ToString() == text
        ? seen
        : throw new PeerProtocolException($"{text.Length} characters that are no ordinals: runs are, ascending and with gaps between them, as in '1-7 600'.");
}
