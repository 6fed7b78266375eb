using AllData.Certificates;
using AllData.Errors;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Sealing;
using AllData.Tests.Unit.Certificates;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace AllData.Tests.Unit.Sealing;

/// <summary>What is said about certificates arrives as it was sent.</summary>
public sealed class SealingWireTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddSerializer().BuildServiceProvider();

    public void Dispose() => _services.Dispose();

    [Fact]
    public void What_clients_hear_arrives()
    {
        var entry = new CertificateEntry(3, CertificateSample.Certificate().Text);
        var outcome = RoundTrip(new SealOutcome(SealStatus.Unchanged, "why", entry));
        Assert.Equal((SealStatus.Unchanged, "why", entry), (outcome.Status, outcome.Reason, outcome.Certificate));
        var order = new SealOrder(CertificateSample.Interval, "lost", EvenUnknown: true);
        Assert.Equal(order, RoundTrip(order));
        var key = new CertificateKey(7, PeerId.Parse("north-a"), new PeerLocation("north", "a"), "key", IsStoring: true);
        var entries = RoundTrip(new CertificateEntries([entry], new CertificateHead(CertificateSample.Store, CertificateSample.Cluster, 4, "note", [key], 2)));
        Assert.Equal([entry], entries.Entries.AsEnumerable());
        Assert.Equal(
            (CertificateSample.Store, CertificateSample.Cluster, 4L, "note", 2),
            (entries.Head.Store, entries.Head.Cluster, entries.Head.Size, entries.Head.Note, entries.Head.MinZones));
        Assert.Equal([key], entries.Head.Keys.AsEnumerable());
        var certified = new CertifiedInterval(CertificateSample.Interval, 2, CertificateState.CompleteDegraded, 5, 1, TreeHash.Of([1]), 9);
        Assert.Equal(certified, RoundTrip(certified));
        Assert.Equal("no", Assert.IsType<CertificateException>(RoundTrip<Exception>(new CertificateException("no"))).Message);
    }

    [Fact]
    public void What_peers_tell_each_other_arrives()
    {
        Assert.Equal(new CloseReply(null, "damaged", "1 2 3"), RoundTrip(new CloseReply(null, "damaged", "1 2 3")));
        var held = new IntervalMark(CertificateSample.Interval, "1 2 3");
        Assert.Equal(held, RoundTrip(held));
        var standing = RoundTrip(new LogStanding(4, "note", ["text"], "signature", [TreeHash.Of([1])]));
        Assert.Equal((4L, "note", "signature"), (standing.Size, standing.Note, standing.Signature));
        Assert.Equal([TreeHash.Of([1])], standing.Refused.AsEnumerable());
        Assert.Equal(["text"], standing.Signed.AsEnumerable());
        var request = RoundTrip(new CosignRequest(4, "text", ["refusal"]));
        Assert.Equal((4L, "text", "refusal"), (request.Size, request.Text, request.Refusals[0]));
        Assert.Equal(CosignReply.Disagrees("no"), RoundTrip(CosignReply.Disagrees("no")));

        // Of an earlier silo's directory nothing is known.
        Assert.Equal("", new DirectoryOrdinal(1, PeerId.Parse("north-a"), Guid.NewGuid()).PublicKey);
        var given = new DirectoryOrdinal(1, PeerId.Parse("north-a"), Guid.NewGuid()) { PublicKey = "key" };
        Assert.Equal(given, RoundTrip(given));
    }

    [Fact]
    public void Peers_of_which_one_has_no_key_have_no_valid_head()
    {
        var topology = new TopologySnapshot
        {
            Version = 1,
            ClusterId = CertificateSample.Cluster,
            IntervalLength = TimeSpan.FromDays(1),
            Peers = [Peer("north-a", 1), Peer("north-b", 3)],
            Ordinals = [Given(1, CertificateSample.Signer(1)), Given(2, CertificateSample.Signer(2)), Given(3, CertificateSample.Signer(3))],
        };
        var trust = LogSigners.TrustOf(CertificateSample.Cluster, topology, minZones: 1, out var whyNone)!;
        Assert.Null(whyNone);
        Assert.Equal([CertificateSample.Signer(1).Key, CertificateSample.Signer(3).Key], trust.Peers.Select(static p => p.Key));

        var without = topology with { Ordinals = [topology.Ordinals[0], topology.Ordinals[1], topology.Ordinals[2] with { PublicKey = "" }] };
        Assert.Null(LogSigners.TrustOf(CertificateSample.Cluster, without, minZones: 1, out whyNone));
        Assert.Contains("north-b", whyNone, StringComparison.Ordinal);
    }

    private static PeerDescriptor Peer(string name, int ordinal) =>
        new(PeerId.Parse(name), new PeerLocation("north", name[^1..]), PeerStatus.Active, Stores: true, ordinal, Guid.NewGuid(), "");

    private static DirectoryOrdinal Given(int ordinal, NoteSigner signer) =>
        new(ordinal, PeerId.Parse("north-a"), Guid.NewGuid()) { PublicKey = PublicKeyOf(signer.Key) };

    // The text has name, id and key; a byte before the key says its type.
    private static string PublicKeyOf(VerifierKey key) => Convert.ToBase64String(Convert.FromBase64String(key.ToString().Split('+', 3)[2])[1..]);

    private T RoundTrip<T>(T value)
    {
        var serializer = _services.GetRequiredService<Serializer>();
        return serializer.Deserialize<T>(serializer.SerializeToArray(value))!;
    }
}
