using System.Security.Cryptography;
using System.Text;
using AllData.Certificates;
using AllData.Events;

namespace AllData.Tests.Unit.Certificates;

/// <summary>The proof of an event: it holds on its own, and each kind of tampering is told as what it is.</summary>
public sealed class EventProofTests
{
    private static readonly EventProof Proof = CertificateSample.Proof(21, 5, 1, 3);
    private static readonly LogTrust Trust = CertificateSample.Trust();

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(5, 2)]
    [InlineData(5, 3)]
    [InlineData(300, 299)]
    public void A_proof_is_read_as_it_is_written_and_holds(int events, int proven)
    {
        var proof = CertificateSample.Proof(events, proven, 1, 3);
        var read = EventProof.Parse(proof.Text);
        Assert.Equal(proof.Text, read.Text);
        Assert.Null(read.FaultOf(Trust));
        Assert.Null(read.FaultOf(null));
        Assert.True(IndependentProofCheck.Holds(proof.Text, [.. Trust.Peers.Select(static p => p.Key.ToString())], 2));
    }

    [Fact]
    public void The_second_implementation_refuses_it_with_too_few_keys() =>
        Assert.False(IndependentProofCheck.Holds(Proof.Text, [Trust.Peers[0].Key.ToString()], 2));

    [Fact]
    public void Each_kind_of_tampering_is_told_as_what_it_is()
    {
        var other = TreeHash.Of([42]);
        Expect(ProofFaultKind.Payload, "payload was changed", Proof with { Payload = new byte[] { 1 } });
        Expect(
            ProofFaultKind.EventNotInInterval, "is not leaf 5", Changed(static e => e with { Entry = e.Entry with { Topic = Topic.Parse("x") } }));
        Expect(ProofFaultKind.EventNotInInterval, "is not leaf 6", Changed(static e => e with { Index = 6 }));
        Expect(ProofFaultKind.EventNotInInterval, "is not leaf 5", Changed(e => e with { Path = e.Path.SetItem(1, other) }));
        Expect(ProofFaultKind.OutsideOfInterval, "outside of interval",
            Changed(e => e with { Entry = e.Entry with { Key = CertificateSample.Interval.Next.FirstKey } }));
        Expect(ProofFaultKind.CertificateNotInLog, "not entry 1 of the log", Of(c => c with { Certificate = c.Certificate with { Topology = 13 } }));
        Expect(ProofFaultKind.CertificateNotInLog, "not entry 0 of the log", Of(c => c with { Index = 0 }));
        Expect(ProofFaultKind.CertificateNotInLog, "not entry 1 of the log", Of(c => c with { Path = c.Path.SetItem(0, other) }));
        Expect(ProofFaultKind.Origin, "is of cluster", Of(c => c with { Certificate = c.Certificate with { Cluster = Guid.Empty } }));
        Expect(ProofFaultKind.ForgedSignature, "the checkpoint or the signature was changed", OfHead(h => h with { Root = other }));
        Expect(ProofFaultKind.ForgedSignature, "the checkpoint or the signature was changed", OfHead(h => h with { Size = 4 }));
        Expect(ProofFaultKind.Origin, "is that of log elsewhere", OfHead(h => h with { Origin = "elsewhere" }));
        Expect(ProofFaultKind.TooFewSignatures, "1 of 3 trusted peers", Of(c => c with { Head = c.Head with { Signatures = c.Head.Signatures[..1] } }));

        static EventProof OfHead(Func<Checkpoint, Checkpoint> change) => Of(c => c with { Head = c.Head with { Head = change(c.Head.Head) } });

        static EventProof Of(Func<CertificateProof, CertificateProof> change) => Proof with { Certificate = change(Proof.Certificate) };

        static EventProof Changed(Func<ProvenEvent, ProvenEvent> change) => Proof with { Event = change(Proof.Event) };

        static void Expect(ProofFaultKind kind, string sentence, EventProof proof)
        {
            var fault = EventProof.Parse(proof.Text).FaultOf(Trust);
            Assert.Equal(kind, fault?.Kind);
            Assert.Contains(sentence, fault!.Sentence, StringComparison.Ordinal);
        }
    }

    // One bit of the text at each of its places: it is refused as a text, or as a proof.
    [Fact]
    public void No_byte_can_be_changed()
    {
        var bytes = Encoding.UTF8.GetBytes(Proof.Text);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.True(IsRefused(bytes), $"byte {i} of {Proof.Text}");
            bytes[i] ^= 1;
        }

        Assert.False(IsRefused(bytes));
    }

    [Fact]
    public void A_payload_without_bytes_is_proven_too()
    {
        var key = CertificateSample.Interval.FirstKey;
        var tree = new IntervalTree(key);
        tree.Add(key, [], null);
        var content = tree.Complete();
        var log = new CertificateLog(CertificateSample.Origin);
        var certificate = CertificateSample.Certificate() with { Content = content };
        log.Append(certificate);
        var proof = new EventProof(
            tree.GetProven()[0], ReadOnlyMemory<byte>.Empty, new CertificateProof(certificate, 0, [], CertificateSample.Sign(log.Head, 1, 2)));
        Assert.Contains("\npayload -\n", proof.Text, StringComparison.Ordinal);
        Assert.Null(EventProof.Parse(proof.Text).FaultOf(Trust));
    }

    [Fact]
    public void Its_last_part_is_a_proof_of_the_form_that_public_tools_read()
    {
        var last = Proof.Text[Proof.Text.IndexOf("c2sp.org/tlog-proof@v1\n", StringComparison.Ordinal)..];
        Assert.StartsWith($"c2sp.org/tlog-proof@v1\nindex 1\n{Proof.Certificate.Path[0].Base64}\n", last, StringComparison.Ordinal);
        Assert.EndsWith($"\n\n{Proof.Certificate.Head}", last, StringComparison.Ordinal);
    }

    private static bool IsRefused(byte[] bytes)
    {
        try
        {
            return EventProof.Parse(StrictText.Decode(bytes, "a proof")).FaultOf(Trust) is not null;
        }
        catch (CertificateFormatException)
        {
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
