using System.Collections.Immutable;
using System.Globalization;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// When the head of a log is valid: more than half of the cluster's storing peers have signed it, and they lie in as many zones as is demanded. Two heads that
/// are valid have a signature of one peer in common, and a peer signs one head of each size.
/// </summary>
/// <param name="Origin">Which log it is.</param>
/// <param name="MinZones">Zones that the signers must lie in, at least 1.</param>
/// <param name="Peers">The storing peers of the cluster.</param>
internal sealed record LogTrust(string Origin, int MinZones, ImmutableArray<TrustedPeer> Peers)
{
    private const string Format = "alldata-log-keys/1";
    private const string OriginWord = "origin";
    private const string ZonesWord = "zones";
    private const string KeyWord = "key";
    private const string What = "a list of a log's keys";

    /// <summary>Signatures that a valid head has at least.</summary>
    public int Needed => (Peers.Length / 2) + 1;

    /// <summary>The text, for a file: the form, the origin, the zones, and a line for each peer with its key and its zone.</summary>
    public string Text =>
        string.Create(CultureInfo.InvariantCulture, $"{Format}\n{OriginWord} {Origin}\n{ZonesWord} {MinZones}\n")
        + string.Concat(Peers.Select(static peer => $"{KeyWord} {peer.Key} {peer.Zone}\n"));

    /// <summary>Reads the text.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static LogTrust Parse(string text)
    {
        StrictText.Encode(text, What);
        var lines = new CertificateLineReader(text, What);
        lines.NextIs(Format);
        var origin = lines.After(OriginWord);
        var zones = WholeNumber.TryParse(lines.After(ZonesWord), int.MaxValue, out int number) && number > 0
            ? number
            : throw lines.Fault("a number is expected");
        var peers = ImmutableArray.CreateBuilder<TrustedPeer>();
        while (!lines.IsAtEnd)
        {
            var line = lines.After(KeyWord);
            var blank = line.IndexOf(' ', StringComparison.Ordinal);
            peers.Add(blank < 0 ? throw lines.Fault("a key and a zone are expected") : new TrustedPeer(VerifierKey.Parse(line[..blank]), line[(blank + 1)..]));
        }

        var trust = new LogTrust(origin, zones, peers.ToImmutable());
        return trust.Peers.Select(static p => p.Key.Name).Distinct().Count() != trust.Peers.Length ? throw lines.Fault("a name has two keys")
            : trust.Text == text ? trust
            : throw lines.Fault("a value is not in its one form");
    }

    /// <summary>Why a head is not valid; null when it is.</summary>
    public ProofFault? FaultOf(SignedCheckpoint head)
    {
        if (head.Head.Origin != Origin)
        {
            return new ProofFault(ProofFaultKind.Origin, $"The head is that of log {head.Head.Origin}, not of {Origin}.");
        }

        var keys = Peers.Select(static p => p.Key);
        if (head.Note.ForgedAmong(keys) is [var forged, ..])
        {
            return new ProofFault(
                ProofFaultKind.ForgedSignature, $"The signature of {forged.Name} is not of its key: the checkpoint or the signature was changed.");
        }

        var signers = head.Note.SignersAmong(keys);
        if (signers.Length < Needed)
        {
            return new ProofFault(
                ProofFaultKind.TooFewSignatures,
                $"{signers.Length} of {Peers.Length} trusted peers have signed the checkpoint; {Needed} are needed, more than half.");
        }

        var zones = Peers.Where(p => signers.Contains(p.Key)).Select(static p => p.Zone).Distinct().Count();
        return zones < MinZones
            ? new ProofFault(ProofFaultKind.TooFewZones, $"The peers that have signed the checkpoint lie in {zones} zones; {MinZones} are needed.")
            : null;
    }
}
