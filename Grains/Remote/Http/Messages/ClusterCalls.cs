using AllData.Federation;
using AllData.Protocol.Links;
using static AllData.Remote.Http.Messages.MessageParts;

namespace AllData.Remote.Http.Messages;

/// <summary>The call that a cluster makes to another one, not to a peer.</summary>
internal static class ClusterCalls
{
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
        }),
        static m => Read(
            m, static (ref PeerMessageReader r) => new ClusterQuestion(ReadCluster(ref r), ReadDocumentVersion(ref r), ReadVersion(ref r), r.Flag())),
        static report => Message(report, WriteReport),
        static m => Read(m, ReadReport));

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
    }

    private static ClusterReport ReadReport(ref PeerMessageReader r)
    {
        var (cluster, document, version) = (ReadCluster(ref r), ReadDocumentVersion(ref r), ReadVersion(ref r));
        var topology = r.Flag() ? TopologyParts.Read(ref r, version) : null;
        var hosted = TopologyParts.Ascending(TopologyParts.List(ref r, 2, TopologyParts.ReadPeer), static peer => peer, "hosted peers");
        return new ClusterReport(cluster, document, version, topology, hosted, ReadSeen(r.Text()));
    }

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
