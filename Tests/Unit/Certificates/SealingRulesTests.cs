using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Replication;

namespace AllData.Tests.Unit.Certificates;

/// <summary>What becomes of an interval, by each row of the table of states, and what a cosigner does not sign.</summary>
public sealed class SealingRulesTests
{
    private static readonly PeerFacts Good = new(1, PeerId.Parse("north-a")) { HasAnswered = true, IsClosed = true, HasReportedNumbers = true };

    private static readonly SealingFacts Facts = new()
    {
        Store = CertificateSample.Store,
        Cluster = CertificateSample.Cluster,
        Interval = CertificateSample.Interval,
        Peers = [Good, Good with { Ordinal = 2, Peer = PeerId.Parse("north-b") }],
        Content = new IntervalContent(7, 0, TreeHash.Of([7])),
        Coordinators = [new CertifiedNumbers(1, 29_222_312, 20) { Abandoned = NumberRanges.Of([3]), InFlightAtCrash = NumberRanges.Of([19]) }],
        Copies = new AdherenceCounts(18, 0, 0),
        Policy = "3 copies in 2 zones",
        Topology = 12,
        Time = CertificateSample.Certificate().Time.AddMilliseconds(250),
    };

    private static readonly ImmutableArray<PeerMissingCopies> Lacking = [new PeerMissingCopies(2, PeerId.Parse("north-b"), 3)];

    public static TheoryData<DoubtReason, string> Doubts() => new()
    {
        { DoubtReason.Silent, "Peer north-c (3) has not answered." },
        { DoubtReason.Open, "Peer north-c (3) has not closed the interval." },
        { DoubtReason.Damaged, "Peer north-c (3) knows that it has lost something of the interval." },
        { DoubtReason.Numbers, "Peer north-c (3) has not said which blocks it numbered." },
    };

    [Fact]
    public void All_answered_all_held_is_complete()
    {
        var decision = SealingRules.Decide(Facts, null, SealingOrder.None);
        Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 1, false), Short(decision));
        Assert.Equal(["north-a", "north-b"], decision.Certificate!.Answered.Select(static p => p.Peer.Value));
        Assert.Equal(decision.Certificate, IntervalCertificate.Parse(decision.Certificate.Text));
        Assert.Null(CosigningRules.FaultOf(decision.Certificate, Facts));
    }

    [Fact]
    public void Copies_that_are_missing_degrade_it_and_it_is_complete_once_they_are_there()
    {
        var degraded = SealingRules.Decide(Facts with { MissingCopies = Lacking }, null, SealingOrder.None);
        Assert.Equal((SealingOutcome.Propose, CertificateState.CompleteDegraded, 1, false), Short(degraded));
        Assert.Equal((SealingOutcome.Unchanged, CertificateState.CompleteDegraded, 2, false), Short(Again(Facts with { MissingCopies = Lacking }, degraded)));
        Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 2, false), Short(Again(Facts, degraded)));
    }

    [Theory]
    [MemberData(nameof(Doubts))]
    public void A_peer_that_may_hold_something_makes_it_unknown_and_is_waited_for(DoubtReason reason, string sentence)
    {
        var facts = Facts with { Peers = Facts.Peers.Add(Doubtful(reason)) };
        var decision = SealingRules.Decide(facts, null, SealingOrder.None);
        Assert.Equal((SealingOutcome.Wait, CertificateState.Unknown, 1, false), Short(decision));
        Assert.Equal(sentence, decision.Reason);

        // An operator can accept what is lost, not what may come.
        Assert.Equal(SealingOutcome.Wait, SealingRules.Decide(facts, null, new SealingOrder("gone")).Outcome);
        var unknown = SealingRules.Decide(facts, null, new SealingOrder(EvenUnknown: true));
        Assert.Equal((SealingOutcome.Propose, CertificateState.Unknown, 1, false), Short(unknown));
        Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 2, false), Short(Again(Facts, unknown)));
    }

    [Fact]
    public void A_number_that_is_missing_makes_it_unknown_until_an_operator_accepts_it()
    {
        var facts = With(Facts.Coordinators[0] with { Missing = NumberRanges.Of([5, 6, 11]) });
        var decision = SealingRules.Decide(facts, null, SealingOrder.None);
        Assert.Equal((SealingOutcome.Wait, CertificateState.Unknown, 1, false), Short(decision));
        Assert.Contains("directory 1 numbered in incarnation 29222312, 5-6 11 are held by no peer", decision.Reason, StringComparison.Ordinal);

        var accepted = SealingRules.Decide(facts, null, new SealingOrder("the disk burnt"));
        Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 1, false), Short(accepted));
        Assert.Contains("\naccepted 1.29222312 5-6,11 the disk burnt\n", accepted.Certificate!.Text, StringComparison.Ordinal);

        // It stays accepted for the version that a late block makes, less what has come back; another number is not accepted by that.
        var late = With(Facts.Coordinators[0] with { Missing = NumberRanges.Of([6, 11]) }) with { Content = new IntervalContent(8, 0, TreeHash.Of([8])) };
        var second = Again(late, accepted);
        Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 2, true), Short(second));
        Assert.Contains("\naccepted 1.29222312 6,11 the disk burnt\n", second.Certificate!.Text, StringComparison.Ordinal);
        var more = With(Facts.Coordinators[0] with { Missing = NumberRanges.Of([6, 11, 12]) }) with { Content = late.Content };
        Assert.Equal((SealingOutcome.Wait, CertificateState.Unknown, 2, true), Short(Again(more, accepted)));
    }

    [Fact]
    public void What_cannot_be_known_is_accepted_or_waited_for_like_a_missing_number()
    {
        foreach (var facts in new[] { With(Facts.Coordinators[0] with { IsEndUnknown = true }), Facts with { Unnumbered = 3 } })
        {
            Assert.Equal((SealingOutcome.Wait, CertificateState.Unknown, 1, false), Short(SealingRules.Decide(facts, null, SealingOrder.None)));
            var accepted = SealingRules.Decide(facts, null, new SealingOrder("so be it"));
            Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 1, false), Short(accepted));
            Assert.Contains(" so be it\n", accepted.Certificate!.Text, StringComparison.Ordinal);
            Assert.Equal(SealingOutcome.Unchanged, Again(facts, accepted).Outcome);
        }
    }

    [Fact]
    public void A_late_block_is_an_alarm_and_a_new_version()
    {
        var first = SealingRules.Decide(Facts, null, SealingOrder.None);
        Assert.Equal((SealingOutcome.Unchanged, CertificateState.Complete, 2, false), Short(Again(Facts, first)));
        var late = Facts with { Content = new IntervalContent(9, 0, TreeHash.Of([9])) };
        Assert.Equal((SealingOutcome.Propose, CertificateState.Complete, 2, true), Short(Again(late, first)));
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(7, 8)]
    public void Fewer_or_other_events_than_were_certified_are_damage_whatever_is_ordered(long events, byte root)
    {
        var first = SealingRules.Decide(Facts, null, SealingOrder.None);
        var damaged = Facts with { Content = new IntervalContent(events, 0, TreeHash.Of([root])) };
        var decision = SealingRules.Decide(damaged, first.Certificate, new SealingOrder("never mind", EvenUnknown: true));
        Assert.Equal(SealingOutcome.Damaged, decision.Outcome);
        Assert.Contains("events were lost or changed", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Puts_that_have_not_ended_and_events_that_cannot_be_read_are_waited_for_whatever_is_ordered()
    {
        var order = new SealingOrder("never mind", EvenUnknown: true);
        Assert.Equal(SealingOutcome.Wait, SealingRules.Decide(Facts with { ArePutsUnderWay = true }, null, order).Outcome);
        Assert.Equal(SealingOutcome.Wait, SealingRules.Decide(Facts with { Content = null }, null, order).Outcome);
    }

    [Fact]
    public void What_is_too_long_is_waited_for()
    {
        var holes = NumberRanges.Of(Enumerable.Range(0, 12_000).Select(static i => 2L * i));
        var decision = SealingRules.Decide(With(new CertifiedNumbers(1, 1, 24_000) { Abandoned = holes }), null, SealingOrder.None);
        Assert.Equal(SealingOutcome.Wait, decision.Outcome);
        Assert.Contains("too many holes", decision.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_silent_peer_may_have_is_not_called_lost()
    {
        var sealedOne = SealingRules.Decide(Facts, null, SealingOrder.None).Certificate!;
        var fewer = Facts with { Content = Facts.Content! with { Events = 6, Root = TreeHash.Of([6]) } };
        Assert.Equal(SealingOutcome.Damaged, SealingRules.Decide(fewer, sealedOne, SealingOrder.None).Outcome);
        Assert.Equal(
            SealingOutcome.Damaged, SealingRules.Decide(fewer with { Peers = [Good with { IsDamaged = true }] }, sealedOne, SealingOrder.None).Outcome);

        var decision = SealingRules.Decide(
            fewer with { Peers = [.. Facts.Peers, new PeerFacts(3, PeerId.Parse("west-c"))] }, sealedOne, new SealingOrder(EvenUnknown: true));
        Assert.Equal((SealingOutcome.Wait, "Peer west-c (3) has not answered.", null), (decision.Outcome, decision.Reason, decision.Certificate));
    }

    [Fact]
    public void What_was_not_read_because_a_peer_is_in_doubt_waits_for_that_peer()
    {
        var silent = new PeerFacts(3, PeerId.Parse("west-c"));
        var decision = SealingRules.Decide(Facts with { Content = null, Peers = [.. Facts.Peers, silent] }, null, SealingOrder.None);
        Assert.Equal((SealingOutcome.Wait, "Peer west-c (3) has not answered."), (decision.Outcome, decision.Reason));
        var open = Good with { IsClosed = false, WhyOpen = "its clock says 10:24" };
        decision = SealingRules.Decide(Facts with { Content = null, Peers = [open, open with { Ordinal = 2 }] }, null, SealingOrder.None);
        Assert.Equal(
            "Peer north-a (1) has not closed the interval: its clock says 10:24. Peer north-a (2) has not closed the interval.", decision.Reason);
        Assert.Contains("read whole", SealingRules.Decide(Facts with { Content = null }, null, SealingOrder.None).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cosigner_signs_nothing_that_says_more_than_it_has_seen()
    {
        var proposed = SealingRules.Decide(Facts, null, SealingOrder.None).Certificate!;
        var numbers = Facts.Coordinators[0];
        Refused("were read here", Facts with { Content = Facts.Content! with { Root = TreeHash.Of([1]) } });
        Refused("were read here", Facts with { Content = Facts.Content! with { Events = 8 } });
        Refused("could not be read whole", Facts with { Content = null });
        Refused("have not ended", Facts with { ArePutsUnderWay = true });
        Refused("it is of interval", Facts with { Interval = Facts.Interval.Next });
        Refused("it is of interval", Facts with { Store = Guid.Empty });
        Refused("lies in the future", Facts with { Time = Facts.Time.AddMinutes(-6) });
        Refused("blocks 4 of directory 1 in incarnation 29222312 are missing", With(numbers with { Missing = NumberRanges.Of([4]) }));
        Refused("nothing says how many", With(numbers with { IsEndUnknown = true }));
        Refused("there are 21 at least", With(numbers with { Issued = 21 }));
        Refused("leaves out blocks that directory 4", Facts with { Coordinators = [numbers, new CertifiedNumbers(4, 1, 1)] });
        Refused("2 were seen here", Facts with { Unnumbered = 2 });
        Refused("north-b lacks 3", Facts with { MissingCopies = Lacking });
        Assert.All(Enum.GetValues<DoubtReason>(), reason => Refused("may hold something", Facts with { Peers = [Good, Doubtful(reason)] }));

        // Less than it has seen is signed, and so is what it has seen and says so.
        Assert.Null(CosigningRules.FaultOf(proposed with { MissingCopies = Lacking }, Facts));
        Assert.Null(CosigningRules.FaultOf(proposed with { MissingCopies = Lacking }, Facts with { MissingCopies = Lacking }));
        var doubted = Facts with { Peers = [Good, Doubtful(DoubtReason.Silent)] };
        Assert.Null(CosigningRules.FaultOf(SealingRules.Decide(doubted, null, new SealingOrder(EvenUnknown: true)).Certificate!, doubted));

        void Refused(string sentence, SealingFacts own) =>
            Assert.Contains(sentence, CosigningRules.FaultOf(proposed, own)?.Sentence ?? "signed", StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_peer_that_returns_or_repair_may_change_is_no_lasting_fault()
    {
        var proposed = SealingRules.Decide(Facts, null, SealingOrder.None).Certificate!;
        var other = Facts with { Interval = Facts.Interval.Next };
        var missing = With(Facts.Coordinators[0] with { Missing = NumberRanges.Of([4]) });
        Assert.True(IsLasting(other) && IsLasting(missing));

        var silent = Facts.Peers.Add(Doubtful(DoubtReason.Silent));
        SealingFacts[] passing =
        [
            missing with { Peers = silent }, missing with { ArePutsUnderWay = true }, Facts with { Content = null }, Facts with { Peers = silent },
            Facts with { MissingCopies = Lacking }, Facts with { Time = Facts.Time.AddMinutes(-6) },
        ];
        Assert.All(passing, own => Assert.False(IsLasting(own)));

        bool IsLasting(SealingFacts own) => CosigningRules.FaultOf(proposed, own)!.IsLasting;
    }

    private static SealingDecision Again(SealingFacts facts, SealingDecision before) => SealingRules.Decide(facts, before.Certificate, SealingOrder.None);

    private static (SealingOutcome, CertificateState, int, bool) Short(SealingDecision decision) =>
        (decision.Outcome, decision.Certificate!.State, decision.Certificate.Version, decision.IsLate);

    private static SealingFacts With(CertifiedNumbers numbers) => Facts with { Coordinators = [numbers] };

    private static PeerFacts Doubtful(DoubtReason reason) => new(3, PeerId.Parse("north-c"))
    {
        HasAnswered = reason != DoubtReason.Silent,
        IsClosed = reason != DoubtReason.Open,
        IsDamaged = reason == DoubtReason.Damaged,
        HasReportedNumbers = reason != DoubtReason.Numbers,
    };
}
