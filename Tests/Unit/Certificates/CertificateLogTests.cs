using AllData.Certificates;

namespace AllData.Tests.Unit.Certificates;

/// <summary>The log of certificates: what may follow, and what a whole log must be.</summary>
public sealed class CertificateLogTests
{
    private static readonly LogTrust Trust = CertificateSample.Trust();

    [Fact]
    public void A_whole_log_holds_and_its_root_is_that_of_the_second_implementation()
    {
        var (texts, log) = CertificateSample.Log(9);
        var head = CertificateSample.Sign(log.Head, 1, 2);
        Assert.Empty(CertificateLogCheck.FaultsOf(texts, head, Trust, CertificateSample.Log(4).Log.Head));
        Assert.Equal(
            Convert.ToHexStringLower(IndependentTree.Hash([.. texts.Select(System.Text.Encoding.UTF8.GetBytes)])), head.Head.Root.ToString());
        var (fewer, before) = CertificateSample.Log(8);
        var copy = before.Copy();
        copy.Append(IntervalCertificate.Parse(texts[8]));
        Assert.Equal((head.Head, 8), (copy.Head, before.Size));
        Assert.Equal(head.Head, before.HeadWith(texts[8]));
        Assert.Equal(fewer, texts[..8]);
    }

    [Fact]
    public void A_log_that_was_changed_is_told_with_how()
    {
        var (texts, log) = CertificateSample.Log(9);
        var head = CertificateSample.Sign(log.Head, 1, 2);

        // Altered, replaced by another one that is well formed, exchanged, removed in the middle.
        Expect(ProofFaultKind.Entry, "Entry 4", [.. texts[..4], texts[4].Replace("events 7", "events 8", StringComparison.Ordinal) + "x", .. texts[5..]]);
        Expect(ProofFaultKind.Entry, "Entry 5", [.. texts[..4], texts[4].Replace("events 7", "events 8", StringComparison.Ordinal), .. texts[5..]]);
        Expect(ProofFaultKind.Entry, "Entry 3", [.. texts[..3], texts[4], texts[3], .. texts[5..]]);
        Expect(ProofFaultKind.Entry, "Entry 3", [.. texts[..3], .. texts[4..]]);

        // The last ones removed: an older state. The last one replaced. One more than is signed.
        Expect(ProofFaultKind.Removed, "some were removed", texts[..8]);
        Expect(ProofFaultKind.Changed, "was changed or replaced", [.. texts[..8], texts[8].Replace("events 7", "events 8", StringComparison.Ordinal)]);
        Expect(ProofFaultKind.Changed, "are not signed", CertificateSample.Log(10).Texts);

        void Expect(ProofFaultKind kind, string sentence, List<string> other)
        {
            var faults = CertificateLogCheck.FaultsOf(other, head, Trust);
            Assert.Contains(faults, f => f.Kind == kind && f.Sentence.Contains(sentence, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void An_older_state_with_its_own_valid_head_is_told_by_a_head_that_was_seen()
    {
        var (texts, log) = CertificateSample.Log(4);
        var head = CertificateSample.Sign(log.Head, 1, 2);
        Assert.Equal(ProofFaultKind.Removed, Assert.Single(CertificateLogCheck.FaultsOf(texts, head, Trust, CertificateSample.Log(9).Log.Head)).Kind);

        var other = new Checkpoint(CertificateSample.Origin, 3, TreeHash.Of([1]));
        Assert.Equal(ProofFaultKind.Changed, Assert.Single(CertificateLogCheck.FaultsOf(texts, head, Trust, other)).Kind);
        Assert.Equal(ProofFaultKind.Origin, Assert.Single(CertificateLogCheck.FaultsOf(texts, head, Trust, other with { Origin = "x" })).Kind);
    }

    [Fact]
    public void A_head_needs_the_signatures_of_more_than_half_and_of_enough_zones()
    {
        var head = CertificateSample.Log(2).Log.Head;
        Assert.Equal([3, 3, 4], Enumerable.Range(4, 3).Select(static n => CertificateSample.Trust(n).Needed));
        Assert.Equal(ProofFaultKind.TooFewSignatures, Kind(CertificateSample.Trust(4), 1, 2));
        Assert.Null(Kind(CertificateSample.Trust(4), 1, 2, 3));

        // One peer twice, and a peer that is not of the cluster, add nothing.
        Assert.Equal(ProofFaultKind.TooFewSignatures, Kind(Trust, 1, 1, 1));
        Assert.Equal(ProofFaultKind.TooFewSignatures, Kind(Trust, 1, 5, 6));
        Assert.Null(Kind(Trust, 1, 1, 5, 3));

        // 1 and 2 lie in one zone.
        Assert.Equal(ProofFaultKind.TooFewZones, Kind(CertificateSample.Trust(3, minZones: 2), 1, 2));
        Assert.Null(Kind(CertificateSample.Trust(3, minZones: 2), 1, 3));
        Assert.Equal(ProofFaultKind.TooFewSignatures, new LogTrust(CertificateSample.Origin, 1, []).FaultOf(CertificateSample.Sign(head, 1))!.Kind);

        ProofFaultKind? Kind(LogTrust trust, params int[] ordinals) => trust.FaultOf(CertificateSample.Sign(head, ordinals))?.Kind;
    }

    [Fact]
    public void A_list_of_keys_is_read_as_it_is_written()
    {
        var trust = CertificateSample.Trust(5, minZones: 2);
        var read = LogTrust.Parse(trust.Text);
        Assert.Equal(trust.Text, read.Text);
        Assert.Equal(trust.Peers.AsEnumerable(), read.Peers);
        Assert.Throws<CertificateFormatException>(() => LogTrust.Parse(trust.Text + trust.Text[trust.Text.LastIndexOf("key ", StringComparison.Ordinal)..]));
        Assert.Throws<CertificateFormatException>(() => LogTrust.Parse(trust.Text.Replace("zones 2", "zones 0", StringComparison.Ordinal)));
        Assert.Throws<CertificateFormatException>(() => LogTrust.Parse(trust.Text.Replace("+", "-", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(1, 7, false, "version 2 is next")]
    [InlineData(3, 8, false, "version 2 is next")]
    [InlineData(2, 8, false, null)]
    [InlineData(2, 6, false, "events were lost or changed")]
    [InlineData(2, 7, true, "events were lost or changed")]
    [InlineData(2, 7, false, "says no more than version 1")]
    public void A_certificate_is_supplemented_by_more_events_only(int version, long events, bool otherRoot, string? fault)
    {
        var log = new CertificateLog(CertificateSample.Origin);
        log.Append(CertificateSample.Certificate());
        var next = CertificateSample.Certificate(previous: log.Last, version: version, events: events);
        next = otherRoot ? next with { Content = next.Content with { Root = TreeHash.Of([9]) } } : next;

        var told = log.FaultOfNext(next);
        Assert.Equal(fault is null, told is null);
        Assert.Contains(fault ?? "", told ?? "", StringComparison.Ordinal);
        Assert.Equal(fault is null, Record.Exception(() => log.Append(next)) is null);
        Assert.Equal(fault is null ? (2, 2) : (1, 1), (log.Size, log.Sealed[CertificateSample.Interval].Version));
    }

    [Fact]
    public void The_same_events_are_certified_again_once_their_copies_are_complete()
    {
        var log = new CertificateLog(CertificateSample.Origin);
        var degraded = CertificateSample.Certificate() with { MissingCopies = CertificateSample.Full().MissingCopies };
        log.Append(degraded);
        Assert.NotNull(log.FaultOfNext(degraded with { Version = 2, Previous = log.Last }));
        log.Append(CertificateSample.Certificate(previous: log.Last, version: 2));
        Assert.Equal(CertificateState.Complete, log.Sealed[CertificateSample.Interval].State);
    }

    [Fact]
    public void A_certificate_names_the_one_before_it_and_its_cluster()
    {
        var (texts, log) = CertificateSample.Log(3);
        Assert.Equal(TreeHash.Of(System.Text.Encoding.UTF8.GetBytes(texts[2])), log.Last);
        var interval = CertificateSample.Interval.Previous;
        Assert.Null(log.FaultOfNext(CertificateSample.Certificate(interval, log.Last)));
        Assert.Contains("the last one is", log.FaultOfNext(CertificateSample.Certificate(interval)), StringComparison.Ordinal);
        var elsewhere = CertificateSample.Certificate(interval, log.Last) with { Cluster = Guid.Empty };
        Assert.Contains("whose log this is not", log.FaultOfNext(elsewhere), StringComparison.Ordinal);
    }
}
