using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using AllData.Certificates;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Tests.Unit.Certificates;

/// <summary>Certificates, keys, logs and proofs of one small cluster.</summary>
internal static class CertificateSample
{
    public static readonly Guid Store = Guid.Parse("5f1c0e3a-7f5b-4a50-9a39-0b1f5a0a2d11");
    public static readonly Guid Cluster = Guid.Parse("c2d64d2b-3a0e-4a44-8f0e-6a2f6f0f9b22");
    public static readonly string Origin = CertificateLog.OriginOf(Cluster);
    public static readonly Interval Interval = Interval.Containing(EventKey.Parse("20261122T101112345000150007").UnixMilliseconds, TimeSpan.FromMinutes(5));

    // Keys are made once: what they sign is different each time, and none of it is compared.
    private static readonly ImmutableArray<NoteSigner> Signers =
        [.. Enumerable.Range(1, 6).Select(static i => new NoteSigner(CertificateLog.SignerOf(Cluster, i), ECDsa.Create(ECCurve.NamedCurves.nistP256)))];

    /// <summary>Signs for the data directory of an ordinal, 1 to 6.</summary>
    public static NoteSigner Signer(int ordinal) => Signers[ordinal - 1];

    /// <summary>A certificate that is complete.</summary>
    public static IntervalCertificate Certificate(Interval? interval = null, TreeHash? previous = null, int version = 1, long events = 7) => new()
    {
        Store = Store,
        Cluster = Cluster,
        Interval = interval ?? Interval,
        Version = version,
        Content = new IntervalContent(events, 1, TreeHash.Of(Encoding.UTF8.GetBytes($"{events}"))),
        Coordinators = [new CertifiedNumbers(1, 29_222_312, 5), new CertifiedNumbers(2, 29_222_313, 12) { Abandoned = NumberRanges.Of([3, 7, 8, 9]) }],
        Copies = new AdherenceCounts(11, 2, 0),
        Answered = [new CertificatePeer(1, PeerId.Parse("north-a")), new CertificatePeer(2, PeerId.Parse("north-b"))],
        Policy = "3 copies in 2 zones",
        Topology = 12,
        Previous = previous,
        Time = DateTimeOffset.Parse("2026-11-22T10:25:00Z", System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>A certificate that has every line there is.</summary>
    public static IntervalCertificate Full() => Certificate(previous: TreeHash.Of([1])) with
    {
        Coordinators =
        [
            new CertifiedNumbers(1, 29_222_312, 20)
            {
                Abandoned = NumberRanges.Of([3, 7, 8, 9]),
                InFlightAtCrash = NumberRanges.Of([18, 19]),
                Missing = NumberRanges.Of([5, 10, 11, 12]),
                Accepted = [new AcceptedNumbers(NumberRanges.Of([5, 12]), "Der Datenträger ist zerstört"), new AcceptedNumbers(NumberRanges.Of([10]), "too")],
            },
            new CertifiedNumbers(1, 29_222_400, 1) { IsEndUnknown = true },
            new CertifiedNumbers(3, 29_222_314, 0) { IsEndUnknown = true, EndAccepted = "its disk is gone" },
        ],
        Unnumbered = 4,
        UnnumberedAccepted = "before the upgrade",
        MissingCopies = [new PeerMissingCopies(3, PeerId.Parse("south-a"), 17)],
        Doubts =
        [
            new CertificateDoubt(3, PeerId.Parse("south-a"), DoubtReason.Silent), new CertificateDoubt(4, PeerId.Parse("south-b"), DoubtReason.Open),
            new CertificateDoubt(5, PeerId.Parse("south-c"), DoubtReason.Damaged), new CertificateDoubt(6, PeerId.Parse("south-d"), DoubtReason.Numbers),
        ],
    };

    /// <summary>The peers whose signatures count.</summary>
    /// <param name="peers">How many; each two of them lie in a zone.</param>
    /// <param name="minZones">Zones that a valid head needs.</param>
    public static LogTrust Trust(int peers = 3, int minZones = 1) =>
        new(Origin, minZones, [.. Enumerable.Range(1, peers).Select(static i => new TrustedPeer(Signer(i).Key, $"north/{(char)('a' + ((i - 1) / 2))}"))]);

    /// <summary>A head with the signatures of these ordinals.</summary>
    public static SignedCheckpoint Sign(Checkpoint head, params int[] ordinals) =>
        ordinals.Aggregate(new SignedCheckpoint(head, []), (signed, ordinal) => signed.With(Signer(ordinal).Sign(head.Text)));

    /// <summary>The texts of a log of several intervals, and the log.</summary>
    public static (List<string> Texts, CertificateLog Log) Log(int certificates)
    {
        var (texts, log, interval) = (new List<string>(), new CertificateLog(Origin), Interval);
        for (var i = 0; i < certificates; i++, interval = interval.Next)
        {
            var certificate = Certificate(interval, log.Last);
            log.Append(certificate);
            texts.Add(certificate.Text);
        }

        return (texts, log);
    }

    /// <summary>Events of the interval, in the order of their keys; one key has two.</summary>
    public static List<(EventKey Key, byte[] Payload, Topic? Topic)> Events(int count) =>
    [
        .. Enumerable.Range(0, count).Select(static i => (
            EventKey.Create(Interval.StartUnixMilliseconds + (i == 3 ? 2 : i), 1, 0), Encoding.UTF8.GetBytes($"{{\"n\":{i}}}"),
            i % 3 == 0 ? Topic.Parse("orders") : (Topic?)null)),
    ];

    /// <summary>A proof of one of these events, under a head with the signatures of these ordinals.</summary>
    public static EventProof Proof(int events, int proven, params int[] ordinals)
    {
        var all = Events(events);
        var tree = new IntervalTree(all[proven].Key);
        all.ForEach(e => tree.Add(e.Key, e.Payload, e.Topic));
        var content = tree.Complete();
        var log = new CertificateLog(Origin);
        log.Append(Certificate(Interval.Previous));
        var certificate = Certificate(Interval, log.Last) with { Content = content };
        log.Append(certificate);
        log.Append(Certificate(Interval.Next, log.Last));
        return new EventProof(
            tree.GetProven().Single(p => p.Entry.PayloadHash == TreeHash.Of(all[proven].Payload)), all[proven].Payload,
            new CertificateProof(certificate, 1, [.. MerkleTree.InclusionPath(log.Leaves, 1)], Sign(log.Head, ordinals)));
    }
}
