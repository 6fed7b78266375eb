using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// A certificate, and what proves that it is in its cluster's log. Its text: the certificate, an empty line, and a proof of the form of C2SP tlog-proof, which
/// ends with the signed head of the log.
/// </summary>
/// <param name="Certificate">The certificate.</param>
/// <param name="Index">Its place in the log, from 0.</param>
/// <param name="Path">The sibling hashes from there to the root of the log (audit path, RFC 6962).</param>
/// <param name="Head">The signed head of the log.</param>
internal sealed record CertificateProof(IntervalCertificate Certificate, long Index, ImmutableArray<TreeHash> Path, SignedCheckpoint Head)
{
    /// <summary>Parts of the text, with an empty line between two.</summary>
    public const int Parts = 4;

    private const string LogFormat = "c2sp.org/tlog-proof@v1";
    private const string IndexWord = "index";
    private const string What = "a certificate with its proof";

    /// <summary>The text.</summary>
    public string Text => new StringBuilder(Certificate.Text).Append('\n').Append(LogFormat).Append('\n')
        .Append(CultureInfo.InvariantCulture, $"{IndexWord} {Index}\n").Append(string.Concat(Path.Select(static hash => $"{hash.Base64}\n")))
        .Append('\n').Append(Head).ToString();

    /// <summary>Reads a text.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static CertificateProof Parse(string text)
    {
        var parts = text.Split("\n\n");
        if (parts.Length != Parts)
        {
            throw new CertificateFormatException(
                $"The text is not {What}: it has {parts.Length} parts, and {Parts} are expected, with an empty line between two.");
        }

        var certificate = IntervalCertificate.Parse(parts[0] + "\n");
        var lines = new CertificateLineReader(parts[1] + "\n", What);
        lines.NextIs(LogFormat);
        var index = WholeNumber.TryParse(lines.After(IndexWord), long.MaxValue, out long number) ? number : throw lines.Fault("a number is expected");
        var proof = new CertificateProof(certificate, index, ReadPath(lines), SignedCheckpoint.Parse($"{parts[2]}\n\n{parts[3]}"));
        return proof.Text == text ? proof : throw new CertificateFormatException($"The text is not {What}: a value is not in its one form.");
    }

    /// <summary>What does not hold; null where all does.</summary>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    public ProofFault? FaultOf(LogTrust? trust) =>
        trust?.FaultOf(Head)
        ?? (CertificateLog.OriginOf(Certificate.Cluster) != Head.Head.Origin
            ? new ProofFault(ProofFaultKind.Origin, $"The certificate is of cluster {Certificate.Cluster}, and the head is that of log {Head.Head.Origin}.")
            : null)
        ?? (MerkleProof.IsIncluded(Index, Head.Head.Size, TreeHash.OfLeaf(Encoding.UTF8.GetBytes(Certificate.Text)), Path, Head.Head.Root)
            ? null
            : new ProofFault(
                ProofFaultKind.CertificateNotInLog,
                $"The certificate is not entry {Index} of the log: the certificate, the checkpoint or the way between was changed."));

    /// <summary>Reads hashes, one in each line, up to the end.</summary>
    internal static ImmutableArray<TreeHash> ReadPath(CertificateLineReader lines)
    {
        var hashes = ImmutableArray.CreateBuilder<TreeHash>();
        while (!lines.IsAtEnd)
        {
            hashes.Add(TreeHash.TryParseBase64(lines.Next(), out var hash) ? hash : throw lines.Fault("a hash is expected, 44 characters of base64"));
        }

        return hashes.ToImmutable();
    }
}
