using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// What proves, without a cluster, that an event is in a store: from the event to the root of its interval, from there by the certificate to a leaf of the
/// cluster's log, and to a head of the log with the signatures of peers. Its last part, from the line <c>c2sp.org/tlog-proof@v1</c> on, is a proof of that form
/// (C2SP tlog-proof).
/// </summary>
/// <param name="Event">The event, and its way to the interval's root.</param>
/// <param name="Payload">Its payload as it is stored.</param>
/// <param name="Certificate">The interval's certificate.</param>
/// <param name="LogIndex">The certificate's place in the log, from 0.</param>
/// <param name="LogPath">The hashes beside the way from there to the root of the log.</param>
/// <param name="Head">The signed head of the log.</param>
internal sealed record EventProof(
    ProvenEvent Event, ReadOnlyMemory<byte> Payload, IntervalCertificate Certificate, long LogIndex, ImmutableArray<TreeHash> LogPath, SignedCheckpoint Head)
{
    private const string Format = "alldata-event-proof/1";
    private const string LogFormat = "c2sp.org/tlog-proof@v1";
    private const string KeyWord = "key";
    private const string TopicWord = "topic";
    private const string HashWord = "payload-hash";
    private const string PayloadWord = "payload";
    private const string LeafWord = "leaf";
    private const string IndexWord = "index";
    private const string NoBytes = "-";
    private const string What = "a proof of an event";

    /// <summary>The text: five parts with an empty line between two, the last two of them the head.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder().Append(Format).Append('\n');
            Line(KeyWord, Event.Entry.Key);
            if (Event.Entry.Topic is { } topic)
            {
                Line(TopicWord, topic.Value);
            }

            Line(HashWord, Event.Entry.PayloadHash);
            Line(PayloadWord, Payload.IsEmpty ? NoBytes : Convert.ToBase64String(Payload.Span));
            Line(LeafWord, Event.Index);
            Hashes(Event.Path);
            text.Append('\n').Append(Certificate.Text).Append('\n').Append(LogFormat).Append('\n');
            Line(IndexWord, LogIndex);
            Hashes(LogPath);
            return text.Append('\n').Append(Head).ToString();

            void Line<T>(string word, T value) => text.Append(word).Append(' ').Append(CultureInfo.InvariantCulture, $"{value}").Append('\n');

            void Hashes(ImmutableArray<TreeHash> hashes)
            {
                foreach (var hash in hashes)
                {
                    text.Append(hash.Base64).Append('\n');
                }
            }
        }
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static EventProof Parse(string text)
    {
        var parts = text.Split("\n\n");
        if (parts.Length != 5)
        {
            throw new CertificateFormatException(
                $"The text is not {What}: it has {parts.Length} parts, and five are expected, with an empty line between two.");
        }

        var (proven, payload) = ReadEvent(new CertificateLineReader(parts[0] + "\n", What));
        var certificate = IntervalCertificate.Parse(parts[1] + "\n");
        var lines = new CertificateLineReader(parts[2] + "\n", What);
        lines.NextIs(LogFormat);
        var index = Number(lines, IndexWord);
        var path = Hashes(lines);
        var proof = new EventProof(proven, payload, certificate, index, path, SignedCheckpoint.Parse($"{parts[3]}\n\n{parts[4]}"));
        return proof.Text == text ? proof : throw new CertificateFormatException($"The text is not {What}: a value is not in its one form.");
    }

    /// <summary>What does not hold, the outermost first; null where all does.</summary>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    public ProofFault? FaultOf(LogTrust? trust) => trust?.FaultOf(Head) ?? FaultOfCertificate() ?? FaultOfEvent();

    private ProofFault? FaultOfCertificate() =>
        CertificateLog.OriginOf(Certificate.Cluster) != Head.Head.Origin ? new ProofFault(
            ProofFaultKind.Origin, $"The certificate is of cluster {Certificate.Cluster}, and the head is that of log {Head.Head.Origin}.")
        : !MerkleProof.IsIncluded(
            LogIndex, Head.Head.Size, TreeHash.OfLeaf(Encoding.UTF8.GetBytes(Certificate.Text)), LogPath, Head.Head.Root) ? new ProofFault(
            ProofFaultKind.CertificateNotInLog,
            $"The certificate is not entry {LogIndex} of the log: the certificate, the checkpoint or the way between was changed.")
        : null;

    private ProofFault? FaultOfEvent()
    {
        var entry = Event.Entry;
        return TreeHash.Of(Payload.Span) is var hash && hash != entry.PayloadHash ? new ProofFault(
                ProofFaultKind.Payload, $"The event's payload was changed: its SHA-256 is {hash}, and {entry.PayloadHash} is proven.")
            : !Certificate.Interval.Contains(entry.Key) ? new ProofFault(
                ProofFaultKind.OutsideOfInterval, $"Key {entry.Key} lies outside of interval {Certificate.Interval}, whose certificate this is.")
            : !MerkleProof.IsIncluded(Event.Index, Certificate.Content.Events, entry.Leaf, Event.Path, Certificate.Content.Root) ? new ProofFault(
                ProofFaultKind.EventNotInInterval,
                $"The event is not leaf {Event.Index} of interval {Certificate.Interval}: its key, its topic, its hash or the way to the root was changed.")
            : null;
    }

    private static (ProvenEvent Proven, byte[] Payload) ReadEvent(CertificateLineReader lines)
    {
        lines.NextIs(Format);
        var key = EventKey.TryParse(lines.After(KeyWord), out var one) ? one : throw lines.Fault("a key is expected");
        Topic? topic = lines.AfterIf(TopicWord) is { } name ? Topic.TryParse(name, out var read) ? read : throw lines.Fault("a topic is expected") : null;
        var hash = TreeHash.TryParse(lines.After(HashWord), out var sum) ? sum : throw lines.Fault("a hash is expected, 64 hexadecimal digits");
        var payload = lines.After(PayloadWord) is var base64 && base64 == NoBytes ? []
            : StrictBase64.TryRead(base64, out var bytes) ? bytes
            : throw lines.Fault("base64 is expected");
        var index = Number(lines, LeafWord);
        return (new ProvenEvent(new EventEntry(key, hash, topic), index, Hashes(lines)), payload);
    }

    private static long Number(CertificateLineReader lines, string word) =>
        WholeNumber.TryParse(lines.After(word), long.MaxValue, out long number) ? number : throw lines.Fault("a number is expected");

    private static ImmutableArray<TreeHash> Hashes(CertificateLineReader lines)
    {
        var hashes = ImmutableArray.CreateBuilder<TreeHash>();
        while (!lines.IsAtEnd)
        {
            hashes.Add(TreeHash.TryParseBase64(lines.Next(), out var hash) ? hash : throw lines.Fault("a hash is expected, 44 characters of base64"));
        }

        return hashes.ToImmutable();
    }
}
