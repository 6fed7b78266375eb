using System.Globalization;
using System.Text;
using AllData.Events;

namespace AllData.Certificates;

/// <summary>
/// What proves, without a cluster, that an event is in a store: from the event to the root of its interval, from there by the certificate to a leaf of the
/// cluster's log, and to a head of the log with the signatures of peers. Its text: the event, an empty line, and the certificate with its proof.
/// </summary>
/// <param name="Event">The event, and its way to the interval's root.</param>
/// <param name="Payload">Its payload as it is stored.</param>
/// <param name="Certificate">The interval's certificate, and its way to the head.</param>
internal sealed record EventProof(ProvenEvent Event, ReadOnlyMemory<byte> Payload, CertificateProof Certificate)
{
    /// <summary>The first line of the text.</summary>
    public const string Format = "alldata-event-proof/1";

    private const string KeyWord = "key";
    private const string TopicWord = "topic";
    private const string HashWord = "payload-hash";
    private const string PayloadWord = "payload";
    private const string LeafWord = "leaf";
    private const string NoBytes = "-";
    private const string What = "a proof of an event";

    /// <summary>The text.</summary>
    public string Text
    {
        get
        {
            var text = new StringBuilder($"{Format}\n{KeyWord} {Event.Entry.Key}\n");
            if (Event.Entry.Topic is { } topic)
            {
                text.Append(CultureInfo.InvariantCulture, $"{TopicWord} {topic.Value}\n");
            }

            return text.Append(CultureInfo.InvariantCulture, $"{HashWord} {Event.Entry.PayloadHash}\n")
                .Append(CultureInfo.InvariantCulture, $"{PayloadWord} {(Payload.IsEmpty ? NoBytes : Convert.ToBase64String(Payload.Span))}\n")
                .Append(CultureInfo.InvariantCulture, $"{LeafWord} {Event.Index}\n")
                .Append(string.Concat(Event.Path.Select(static hash => $"{hash.Base64}\n")))
                .Append('\n').Append(Certificate.Text).ToString();
        }
    }

    /// <summary>Reads a text.</summary>
    /// <exception cref="CertificateFormatException">It is not exactly one.</exception>
    public static EventProof Parse(string text)
    {
        var end = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0)
        {
            throw new CertificateFormatException($"The text is not {What}: an event, an empty line and a certificate are expected.");
        }

        var (proven, payload) = ReadEvent(new CertificateLineReader(text[..(end + 1)], What));
        var proof = new EventProof(proven, payload, CertificateProof.Parse(text[(end + 2)..]));
        return proof.Text == text ? proof : throw new CertificateFormatException($"The text is not {What}: a value is not in its one form.");
    }

    /// <summary>What does not hold, the outermost first; null where all does.</summary>
    /// <param name="trust">Whose signatures count; null: signatures are not looked at.</param>
    public ProofFault? FaultOf(LogTrust? trust) => Certificate.FaultOf(trust) ?? FaultOfEvent(Certificate.Certificate);

    private ProofFault? FaultOfEvent(IntervalCertificate certificate)
    {
        var entry = Event.Entry;
        return TreeHash.Of(Payload.Span) is var hash && hash != entry.PayloadHash ? new ProofFault(
                ProofFaultKind.Payload, $"The event's payload was changed: its SHA-256 is {hash}, and {entry.PayloadHash} is proven.")
            : !certificate.Interval.Contains(entry.Key) ? new ProofFault(
                ProofFaultKind.OutsideOfInterval, $"Key {entry.Key} lies outside of interval {certificate.Interval}, whose certificate this is.")
            : !MerkleProof.IsIncluded(Event.Index, certificate.Content.Events, entry.Leaf, Event.Path, certificate.Content.Root) ? new ProofFault(
                ProofFaultKind.EventNotInInterval,
                $"The event is not leaf {Event.Index} of interval {certificate.Interval}: its key, its topic, its hash or the way to the root was changed.")
            : null;
    }

    private static (ProvenEvent Proven, byte[] Payload) ReadEvent(CertificateLineReader lines)
    {
        lines.NextIs(Format);
        var key = EventKey.TryParse(lines.After(KeyWord), out var one) ? one : throw lines.Fault("a key is expected");
        var topic = lines.AfterIf(TopicWord) is { } name ? TopicOf(name, lines) : default(Topic?);
        var hash = TreeHash.TryParse(lines.After(HashWord), out var sum) ? sum : throw lines.Fault("a hash is expected, 64 hexadecimal digits");
        var base64 = lines.After(PayloadWord);
        var bytes = Array.Empty<byte>();
        if (base64 != NoBytes && !StrictBase64.TryRead(base64, out bytes))
        {
            throw lines.Fault("base64 is expected");
        }

        var index = WholeNumber.TryParse(lines.After(LeafWord), long.MaxValue, out long number) ? number : throw lines.Fault("a number is expected");
        return (new ProvenEvent(new EventEntry(key, hash, topic), index, CertificateProof.ReadPath(lines)), bytes);
    }

    private static Topic TopicOf(string name, CertificateLineReader lines) =>
        Topic.TryParse(name, out var topic) ? topic : throw lines.Fault("a topic is expected");
}
