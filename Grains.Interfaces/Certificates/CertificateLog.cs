using System.Runtime.InteropServices;
using System.Text;
using AllData.Intervals;

namespace AllData.Certificates;

/// <summary>
/// The tree of a cluster's certificate log in memory: the hashes of its entries, and what the newest certificate of each interval says. The texts lie
/// elsewhere.
/// </summary>
internal sealed class CertificateLog
{
    private readonly string _origin;
    private readonly List<TreeHash> _leaves;
    private readonly CompactRange _range;
    private readonly Dictionary<Interval, LoggedInterval> _sealed;

    /// <summary>An empty log.</summary>
    /// <param name="origin">Which log it is: the first line of its heads.</param>
    public CertificateLog(string origin)
    {
        _origin = origin;
        _leaves = [];
        _range = new CompactRange();
        _sealed = [];
    }

    private CertificateLog(CertificateLog other)
    {
        _origin = other._origin;
        _leaves = [.. other._leaves];
        _range = other._range.Copy();
        _sealed = new Dictionary<Interval, LoggedInterval>(other._sealed);
        Last = other.Last;
    }

    /// <summary>Entries.</summary>
    public int Size => _leaves.Count;

    /// <summary>SHA-256 of the text of the last entry; null while there is no entry. What the next one names as the one before it.</summary>
    public TreeHash? Last { get; private set; }

    /// <summary>The hashes of the entries' leaves.</summary>
    public ReadOnlySpan<TreeHash> Leaves => CollectionsMarshal.AsSpan(_leaves);

    /// <summary>The head, which is not signed.</summary>
    public Checkpoint Head => new(_origin, Size, _range.Root);

    /// <summary>The intervals that have a certificate.</summary>
    public IReadOnlyDictionary<Interval, LoggedInterval> Sealed => _sealed;

    /// <summary>Which log a cluster's is.</summary>
    public static string OriginOf(Guid cluster) => $"alldata.orleans/{cluster:D}";

    /// <summary>The name that a peer of a cluster signs under.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="ordinal">The ordinal of the peer's data directory.</param>
    public static string SignerOf(Guid cluster, int ordinal) => $"{OriginOf(cluster)}/{ordinal}";

    /// <summary>A log of the same entries, which grows by itself.</summary>
    public CertificateLog Copy() => new(this);

    /// <summary>Why a certificate cannot be the next entry: a sentence; null when it can.</summary>
    public string? FaultOfNext(IntervalCertificate certificate) =>
        OriginOf(certificate.Cluster) != _origin ? $"it is of cluster {certificate.Cluster}, whose log this is not."
        : certificate.Previous != Last
            ? $"it follows the certificate {certificate.Previous?.ToString() ?? CertificateLines.None}, and the last one is "
                + $"{Last?.ToString() ?? CertificateLines.None}."
        : LoggedInterval.FaultOfNext(_sealed.GetValueOrDefault(certificate.Interval), certificate);

    /// <summary>The head that the log will have with one more entry.</summary>
    /// <param name="text">The text of the entry.</param>
    public Checkpoint HeadWith(string text)
    {
        var leaf = TreeHash.OfLeaf(Encoding.UTF8.GetBytes(text));
        return new Checkpoint(_origin, Size + 1, _range.RootWith(leaf));
    }

    /// <summary>Takes the next entry.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <exception cref="CertificateFormatException">It cannot be the next one.</exception>
    public void Append(IntervalCertificate certificate)
    {
        if (FaultOfNext(certificate) is { } fault)
        {
            throw new CertificateFormatException($"A certificate of {certificate.Interval} cannot be entry {Size} of the log: {fault}");
        }

        var text = Encoding.UTF8.GetBytes(certificate.Text);
        var leaf = TreeHash.OfLeaf(text);
        _sealed[certificate.Interval] = new LoggedInterval(certificate.Version, certificate.State, certificate.Content, Size);
        _leaves.Add(leaf);
        _range.Append(leaf);
        Last = TreeHash.Of(text);
    }

    /// <summary>Why a head is not that of the beginning of this log; null when it is, or is the head of the whole log.</summary>
    public ProofFault? FaultOf(Checkpoint head) =>
        head.Origin != _origin ? new ProofFault(ProofFaultKind.Origin, $"The head is that of log {head.Origin}, not of {_origin}.")
        : head.Size > Size ? new ProofFault(
            ProofFaultKind.Removed, $"The log has {Size} certificates, and a head of {head.Size} is known: some were removed, or the log is an older state.")
        : MerkleTree.RootOf(Leaves[..(int)head.Size]) != head.Root ? new ProofFault(
            ProofFaultKind.Changed, $"The first {head.Size} certificates of the log are not those of the known head: one was changed or replaced.")
        : null;
}
