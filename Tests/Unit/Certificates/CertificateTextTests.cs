using AllData.Certificates;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Tests.Unit.Certificates;

/// <summary>The text of a certificate: what it says, and that it has one form only.</summary>
public sealed class CertificateTextTests
{
    private const string Golden = """
        alldata-interval-certificate/1
        store 5f1c0e3a-7f5b-4a50-9a39-0b1f5a0a2d11
        cluster c2d64d2b-3a0e-4a44-8f0e-6a2f6f0f9b22
        interval 20261122T101000/PT5M
        version 1
        state unknown
        events 7
        conflicts 1
        root 7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451
        blocks 1.29222312 0-19
        abandoned 1.29222312 3,7-9
        in-flight-at-crash 1.29222312 18-19
        missing 1.29222312 5,10-12
        accepted 1.29222312 5,12 Der Datenträger ist zerstört
        accepted 1.29222312 10 too
        blocks 1.29222400 0
        end-unknown 1.29222400
        blocks 3.29222314 none
        end-unknown 3.29222314
        accepted-end 3.29222314 its disk is gone
        unnumbered 4
        accepted-unnumbered before the upgrade
        copies-strict 11
        copies-relaxed 2
        copies-under-replicated 0
        missing-copies 3 south-a 17
        answered 1 north-a
        answered 2 north-b
        doubt 3 south-a silent
        doubt 4 south-b open
        doubt 5 south-c damaged
        doubt 6 south-d numbers
        policy 3 copies in 2 zones
        topology 12
        previous 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a
        time 2026-11-22T10:25:00Z

        """;

    [Fact]
    public void The_text_is_pinned()
    {
        Assert.Equal(Golden, CertificateSample.Full().Text);
        Assert.Equal(CertificateSample.Full(), IntervalCertificate.Parse(Golden));
        Assert.Equal(Golden, IntervalCertificate.Parse(System.Text.Encoding.UTF8.GetBytes(Golden)).Text);
    }

    [Fact]
    public void The_state_follows_from_what_is_named()
    {
        var complete = CertificateSample.Certificate();
        var one = complete.Coordinators[0];
        var lacking = complete with { MissingCopies = [new PeerMissingCopies(3, PeerId.Parse("south-a"), 1)] };
        Assert.Equal(CertificateState.Complete, complete.State);
        Assert.Equal(CertificateState.CompleteDegraded, lacking.State);
        foreach (var certificate in new[] { complete, lacking })
        {
            Assert.Equal(CertificateState.Unknown, (certificate with { Doubts = CertificateSample.Full().Doubts }).State);
            Assert.Equal(CertificateState.Unknown, (certificate with { Unnumbered = 1 }).State);
            Assert.Equal(CertificateState.Unknown, With(one with { Missing = NumberRanges.Of([2]) }).State);
            Assert.Equal(CertificateState.Unknown, With(one with { IsEndUnknown = true }).State);

            // What an operator has accepted no longer counts, and numbers that nothing was acknowledged under never did.
            Assert.Equal(certificate.State, (certificate with { Unnumbered = 1, UnnumberedAccepted = "so be it" }).State);
            Assert.Equal(certificate.State, With(one with { IsEndUnknown = true, EndAccepted = "so be it" }).State);
            Assert.Equal(certificate.State, With(one with { Missing = NumberRanges.Of([2]), Accepted = [new(NumberRanges.Of([2]), "so be it")] }).State);
            Assert.Equal(certificate.State, With(one with { Abandoned = NumberRanges.Of([0]), InFlightAtCrash = NumberRanges.Of([4]) }).State);

            // A part that is accepted leaves the rest in doubt.
            Assert.Equal(
                CertificateState.Unknown, With(one with { Missing = NumberRanges.Of([2, 3]), Accepted = [new(NumberRanges.Of([2]), "so be it")] }).State);

            IntervalCertificate With(CertifiedNumbers numbers) => certificate with { Coordinators = [numbers] };
        }
    }

    [Theory]
    [InlineData("state unknown", "state complete", "contradicts itself")]
    [InlineData("state unknown", "state perfect", "contradicts itself")]
    [InlineData("alldata-interval-certificate/1", "alldata-interval-certificate/2", "line 1: 'alldata-interval-certificate/1' is expected")]
    [InlineData("cluster c2d64d2b", "cluster C2D64D2B", "one form")]
    [InlineData("cluster c2d64d2b", "cluster ", "line 3: an id is expected")]
    [InlineData("/PT5M", "/PT6M", "line 4: an interval is expected")]
    [InlineData("T101000", "T101001", "line 4: an interval is expected")]
    [InlineData("version 1", "version 0", "version is 0")]
    [InlineData("version 1", "version 01", "one form")]
    [InlineData("events 7", "events -7", "line 7: a number is expected")]
    [InlineData("events 7", "events  7", "line 7: a number is expected")]
    [InlineData("events 7", "events 1", "1 events cannot have 1 conflicts")]
    [InlineData("root 7902", "root 790", "line 9: a hash is expected")]
    [InlineData("missing 1.29222312 5,10-12", "missing 1.29222312 5,10-20", "number 20 was not issued")]
    [InlineData("missing 1.29222312 5,10-12", "missing 1.29222312 5,9-12", "a number is in two of its sets")]
    [InlineData("missing 1.29222312 5,10-12", "missing 1.29222400 5,10-12", "line 13: coordinator 1.29222312 is expected")]
    [InlineData("accepted 1.29222312 10 too", "accepted 1.29222312 13 too", "what is accepted is not missing")]
    [InlineData("accepted 1.29222312 10 too", "accepted 1.29222312 12 too", "a missing number is accepted twice")]
    [InlineData("accepted 1.29222312 10 too", "accepted 1.29222312 10", "two values are expected")]
    [InlineData("accepted 1.29222312 10 too", "accepted 1.29222312 10 too ", "accepted is not 1 to 200 printable characters")]
    [InlineData("blocks 1.29222312 0-19", "blocks 1.29222312 1-19", "a run of numbers from 0 on is expected")]
    [InlineData("blocks 1.29222312 0-19", "blocks 1.29222312 0-4294967296", "4294967297 numbers")]
    [InlineData("blocks 1.29222400 0\nend-unknown 1.29222400", "blocks 1.29222312 0", "out of order")]
    [InlineData("none\nend-unknown 3.29222314\naccepted-end 3.29222314 its disk is gone", "none", "0 numbers")]
    [InlineData("unnumbered 4\n", "", "unnumbered blocks are accepted, and there are none")]
    [InlineData("missing-copies 3 south-a 17", "missing-copies 3 south-a 0", "lacks none")]
    [InlineData("answered 2 north-b", "answered 1 north-b", "each stands once")]
    [InlineData("answered 2 north-b", "answered 3 north-b", "is in doubt")]
    [InlineData("answered 2 north-b", "answered 2 North-b", "the name of a peer is expected")]
    [InlineData("doubt 3 south-a silent", "doubt 3 south-a away", "the reason of a doubt is expected")]
    [InlineData("previous 4bf5", "previous 4bf", "a hash is expected")]
    [InlineData("time 2026-11-22T10:25:00Z", "time 2026-11-22T10:25:00.5Z", "a time of UTC")]
    [InlineData("time 2026-11-22T10:25:00Z\n", "time 2026-11-22T10:25:00Z", "it has no line feed")]
    [InlineData("time 2026-11-22T10:25:00Z\n", "time 2026-11-22T10:25:00Z\n\n", "goes on after its last line")]
    [InlineData("time 2026-11-22T10:25:00Z\n", "", "the text ends before it")]
    [InlineData("policy 3 copies", "policy \t3 copies", "control character 09")]
    [InlineData("policy 3 copies", "policy \u202e3 copies", "policy is not 1 to 200 printable characters")]
    public void What_is_changed_is_refused_with_its_reason(string part, string other, string reason)
    {
        Assert.Contains(part, Golden, StringComparison.Ordinal);
        var refused = Assert.Throws<CertificateFormatException>(() => IntervalCertificate.Parse(Golden.Replace(part, other, StringComparison.Ordinal)));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_a_log_could_not_serve_is_never_written()
    {
        var holes = NumberRanges.Of(Enumerable.Range(0, 12_000).Select(static i => 2L * i));
        var certificate = CertificateSample.Certificate() with { Coordinators = [new CertifiedNumbers(1, 1, 24_000) { Abandoned = holes }] };
        Assert.Contains("too many holes", Assert.Throws<CertificateFormatException>(() => certificate.Text).Message, StringComparison.Ordinal);
    }
}
