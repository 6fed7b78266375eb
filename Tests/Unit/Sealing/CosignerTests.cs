using System.Collections.Concurrent;
using System.Collections.Immutable;
using AllData.Certificates;
using AllData.Errors;
using AllData.Intervals;
using AllData.Peers;
using AllData.Protocol.Certificates;
using AllData.Sealing;
using AllData.Simulation.Sealing;
using AllData.Tests.Support;
using AllData.Tests.Unit.Certificates;

namespace AllData.Tests.Unit.Sealing;

/// <summary>What cosigners do with heads that are begun, finished, given up, forgotten or false.</summary>
public sealed class CosignerTests
{
    private static readonly Interval First = CertificateSample.Interval;

    // With a floor above all that others have signed, no head of a new cluster could ever become valid.
    [Fact]
    public async Task The_others_of_a_new_cluster_sign_what_the_first_of_them_has_signed_already()
    {
        using var bench = new CosignerBench(peers: 3);
        var text = await bench.NextOf(0, First);
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(0, text)).Outcome);
        Assert.Null(await bench.ProposeAsync(0, text));
        Assert.Equal([1L, 1L, 1L], await SizesOf(bench));
    }

    [Fact]
    public async Task What_was_held_is_noted_once_the_head_is_valid_by_those_that_have_looked()
    {
        using var bench = new CosignerBench(peers: 5);
        var text = await bench.NextOf(0, First);
        var facts = CertificateFacts.Of(IntervalCertificate.Parse(text)) with { Held = HeldMark.Of([(1, "7 blocks")]) };
        bench.Facts = (_, _) => facts;
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(1, text)).Outcome);
        Assert.Null(await bench.MarkOf(1, First));

        Assert.Null(await bench.ProposeAsync(0, text));
        var marks = await Task.WhenAll(Enumerable.Range(0, 5).Select(peer => bench.MarkOf(peer, First)));
        Assert.Equal(facts.Held, marks[1]);
        Assert.Equal((3, 2), (marks.Count(static mark => mark is not null), marks.Count(static mark => mark is null)));
    }

    [Fact]
    public async Task What_was_held_is_not_noted_where_something_else_became_valid()
    {
        using var bench = new CosignerBench(peers: 5);
        var (other, text) = (await bench.NextOf(4, First, events: 8), await bench.NextOf(0, First, events: 7));
        bench.Facts = static (_, certificate) => CertificateFacts.Of(certificate) with { Held = HeldMark.Of([(1, "8 blocks")]) };
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(4, other)).Outcome);
        bench.Away(4);
        Assert.Null(await bench.ProposeAsync(0, text));
        bench.Away();
        Assert.Equal(1, await bench.Cosigners[4].FollowAsync((await bench.Cosigners[0].GetStandingAsync()).Note, bench.Cosigners[0].ReadEntriesAsync));
        Assert.Null(await bench.MarkOf(4, First));
    }

    [Fact]
    public async Task What_some_have_signed_is_finished_before_another_entry()
    {
        using var bench = new CosignerBench(peers: 3);
        var text = await bench.NextOf(0, First);
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(0, text)).Outcome);
        Assert.Null(await bench.ProposalOf(1).PrepareAsync(isOrdered: false));
        Assert.Equal([1L, 1L, 1L], await SizesOf(bench));
        Assert.Equal([text], (await bench.Cosigners[2].ReadEntriesAsync(0)).AsEnumerable());
    }

    [Fact]
    public async Task What_the_others_will_never_sign_gives_way_to_another_entry_of_the_same_place()
    {
        using var bench = new CosignerBench(peers: 2);
        var (lost, good) = (await bench.NextOf(0, First, events: 7), await bench.NextOf(0, First, events: 8));
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(0, lost)).Outcome);
        var proposal = bench.ProposalOf(1);
        bench.Facts = (_, _) => Other(good, 8);
        Assert.Null(await proposal.PrepareAsync(isOrdered: false));

        // Both must sign: the first has, because it was shown that its own can never become valid.
        Assert.Null(await proposal.TryAppendAsync(good, Other(good, 8)));
        Assert.Equal([1L, 1L], await SizesOf(bench));
    }

    // Peers that are started again hear of the head and may have signed it, as far as they know. Without their promises of before nothing could ever follow.
    [Fact]
    public async Task What_peers_have_promised_never_to_sign_gives_way_after_their_restart_too()
    {
        using var bench = new CosignerBench(peers: 3);
        var (lost, good) = (await bench.NextOf(0, First, events: 7), await bench.NextOf(0, First, events: 8));
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(0, lost)).Outcome);
        bench.Facts = (_, _) => Other(good, 8);
        Assert.Null(await bench.ProposalOf(1).PrepareAsync(isOrdered: false));

        Array.ForEach([0, 1, 2], bench.Restart);
        var proposal = bench.ProposalOf(2);
        Assert.Null(await proposal.PrepareAsync(isOrdered: false));
        Assert.Null(await proposal.TryAppendAsync(good, Other(good, 8)));
        Assert.Equal([1L, 1L, 1L], await SizesOf(bench));
    }

    // A promise never to sign it would stay, when the peer is back.
    [Fact]
    public async Task What_waits_for_a_peer_is_not_given_up_unless_an_operator_orders_another_entry()
    {
        using var bench = new CosignerBench(peers: 3);
        var text = await bench.NextOf(0, First);
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(0, text)).Outcome);
        bench.Facts = static (_, certificate) => WithSilentPeer(CertificateFacts.Of(certificate));
        Assert.Contains("waits for others", await bench.ProposalOf(1).PrepareAsync(isOrdered: false), StringComparison.Ordinal);
        Assert.All(await Task.WhenAll(Enumerable.Range(0, 3).Select(bench.MemoryOf)), static memory => Assert.Empty(memory.Refused));

        Array.ForEach([1, 2], bench.Restart);
        bench.Facts = static (_, _) => null;
        Assert.Null(await bench.ProposalOf(1).PrepareAsync(isOrdered: false));
        Assert.Equal([1L, 1L, 1L], await SizesOf(bench));

        var next = await bench.NextOf(0, First.Next);
        Assert.Equal(CosignOutcome.Signed, (await bench.SignAloneAsync(0, next)).Outcome);
        bench.Facts = static (_, certificate) => WithSilentPeer(CertificateFacts.Of(certificate));
        Assert.Null(await bench.ProposalOf(1).PrepareAsync(isOrdered: true));
        Assert.Equal([1L, 1L, 1L], await SizesOf(bench));
    }

    [Fact]
    public async Task A_head_that_is_not_valid_is_not_taken_over_and_one_that_contradicts_another_stops_everything()
    {
        using var bench = new CosignerBench(peers: 3);
        var text = await bench.NextOf(0, First);
        Assert.Null(await bench.ProposeAsync(0, text));

        var other = new CertificateLog(CertificateSample.Origin);
        other.Append(CertificateSample.Certificate(First.Next));
        var few = new SignedCheckpoint(other.Head, [bench.SignAs(1, other.Head.Text)]);
        await Assert.ThrowsAsync<CertificateException>(() => bench.Cosigners[0].FollowAsync(few.ToString(), static _ => throw new InvalidOperationException()));
        Assert.Null(bench.AlarmsOf(0).Fork);

        await bench.Cosigners[0].FollowAsync(few.With(bench.SignAs(2, other.Head.Text)).ToString(), static _ => throw new InvalidOperationException());
        Assert.NotNull(bench.AlarmsOf(0).Fork);
        Assert.Contains(bench.AlarmsOf(0).Conditions, static c => c.Code == "certificates-contradict");
        var next = await bench.NextOf(0, First.Next);
        var reply = await bench.Cosigners[0].CosignAsync(
            new CosignRequest(1, next, []), CertificateFacts.Of(IntervalCertificate.Parse(next)), CancellationToken.None);
        Assert.Equal(CosignOutcome.NotNow, reply.Outcome);
    }

    [Fact]
    public async Task Entries_that_are_not_those_of_a_valid_head_are_not_taken_over()
    {
        using var bench = new CosignerBench(peers: 3);
        var (text, other) = (await bench.NextOf(0, First), await bench.NextOf(0, First.Next));
        await Task.WhenAll(bench.Cosigners.Select(static c => c.MakeSureAsync()));
        bench.Away(2);
        Assert.Null(await bench.ProposeAsync(0, text));
        var head = (await bench.Cosigners[0].GetStandingAsync()).Note;
        await Assert.ThrowsAnyAsync<CertificateFormatException>(() => bench.Cosigners[2].FollowAsync(head, _ => Task.FromResult(ArrayOf(other))));
        Assert.Equal(0, (await bench.Cosigners[2].GetStandingAsync()).Size);
        Assert.Equal(1, await bench.Cosigners[2].FollowAsync(head, _ => Task.FromResult(ArrayOf(text))));
    }

    // Each reads the whole interval.
    [Fact]
    public async Task No_more_peers_are_asked_than_must_sign_and_another_one_for_each_that_does_not()
    {
        using var bench = new CosignerBench(peers: 6);
        await Task.WhenAll(bench.Cosigners.Select(static c => c.MakeSureAsync()));
        var asked = new ConcurrentQueue<PeerId>();
        bench.Facts = (peer, _) =>
        {
            asked.Enqueue(peer);
            return null;
        };
        Assert.Null(await bench.ProposeAsync(0, await bench.NextOf(0, First)));
        Assert.Equal(3, asked.Count);
        Assert.Equal([1L, 1L, 1L, 1L, 1L, 1L], await SizesOf(bench));

        asked.Clear();
        var next = await bench.NextOf(0, First.Next);
        bench.Facts = (peer, certificate) =>
        {
            asked.Enqueue(peer);
            return asked.First() == peer ? Other(next, 8) : null;
        };
        Assert.Null(await bench.ProposeAsync(0, next));
        Assert.Equal(4, asked.Count);
    }

    [Fact]
    public async Task A_peer_that_need_not_sign_hears_what_the_others_have_signed_so_that_it_can_sign_when_one_is_away()
    {
        using var bench = new CosignerBench(peers: 3);
        var asked = new ConcurrentQueue<PeerId>();
        bench.Facts = (peer, _) =>
        {
            asked.Enqueue(peer);
            return null;
        };
        Assert.Null(await bench.ProposeAsync(0, await bench.NextOf(0, First)));
        Assert.Single(asked);
        Assert.True((await bench.MemoryOf(1)).IsSure && (await bench.MemoryOf(2)).IsSure);

        bench.Away(0);
        Assert.Null(await bench.ProposeAsync(1, await bench.NextOf(1, First.Next)));
    }

    [Fact]
    public async Task When_a_peer_takes_long_all_are_asked()
    {
        using var bench = new CosignerBench(peers: 3);
        await Task.WhenAll(bench.Cosigners.Select(static c => c.MakeSureAsync()));
        var silent = new TaskCompletionSource();
        var asked = new ConcurrentQueue<PeerId>();
        bench.Answers = async peer =>
        {
            asked.Enqueue(peer);
            if (asked.Count == 1)
            {
                await silent.Task;
            }
        };
        var proposed = bench.ProposeAsync(0, await bench.NextOf(0, First));
        await Eventually.IsAsync("a peer is asked", () => Task.FromResult(asked.Count), static count => count == 1);
        Assert.False(proposed.IsCompleted);

        bench.Time.Advance(TimeSpan.FromSeconds(14));
        Assert.Single(asked);
        bench.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await proposed.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(2, asked.Count);
        silent.SetResult();
    }

    [Fact]
    public async Task A_peer_that_finds_its_own_signature_and_does_not_remember_it_asks_again()
    {
        using var bench = new CosignerBench(peers: 3);
        await bench.Cosigners[0].MakeSureAsync();
        Assert.True((await bench.MemoryOf(0)).IsSure);
        var log = new CertificateLog(CertificateSample.Origin);
        var text = await bench.NextOf(0, First);
        log.Append(IntervalCertificate.Parse(text));
        var head = new SignedCheckpoint(log.Head, [bench.SignAs(0, log.Head.Text), bench.SignAs(1, log.Head.Text)]);
        bench.Away(1, 2);
        await bench.Cosigners[0].FollowAsync(head.ToString(), _ => Task.FromResult(ArrayOf(text)));
        Assert.False((await bench.MemoryOf(0)).IsSure);
    }

    [Fact]
    public async Task A_peer_that_is_started_again_signs_only_after_the_others_have_told_what_they_know()
    {
        using var bench = new CosignerBench(peers: 3);
        var text = await bench.NextOf(0, First);
        Assert.Null(await bench.ProposeAsync(0, text));
        bench.Restart(2);
        bench.Away(0);
        var next = await bench.NextOf(1, First.Next);
        Assert.Contains("too few other peers", await bench.ProposeAsync(1, next), StringComparison.Ordinal);
        bench.Away();
        Assert.Null(await bench.ProposalOf(1).PrepareAsync(isOrdered: false));
        Assert.Equal([2L, 2L, 2L], await SizesOf(bench));
    }

    // Without the signature of one that was there, the peer that was away could never take the head over, and nothing could follow it.
    [Fact]
    public async Task A_head_whose_signer_has_a_new_directory_is_signed_again_by_those_that_are_there()
    {
        using var bench = new CosignerBench(peers: 3);
        var text = await bench.NextOf(0, First);
        await Task.WhenAll(bench.Cosigners.Select(static c => c.MakeSureAsync()));
        bench.Away(2);
        Assert.Null(await bench.ProposeAsync(0, text));
        bench.Away();
        bench.Wipe(1);
        Assert.Equal([1L, 0L, 0L], await SizesOf(bench));
        Assert.Null(await bench.ProposalOf(0).PrepareAsync(isOrdered: false));
        Assert.Equal([1L, 1L, 1L], await SizesOf(bench));
    }

    private static SealingFacts Other(string text, long events)
    {
        var facts = CertificateFacts.Of(IntervalCertificate.Parse(text));
        return facts with { Content = CertificateSample.Certificate(events: events).Content };
    }

    private static SealingFacts WithSilentPeer(SealingFacts facts) => facts with { Peers = facts.Peers.Add(new PeerFacts(9, PeerId.Parse("north-z"))) };

    private static ImmutableArray<string> ArrayOf(string text) => [text];

    private static async Task<IEnumerable<long>> SizesOf(CosignerBench bench) =>
        (await Task.WhenAll(bench.Cosigners.Select(static c => c.GetStandingAsync()))).Select(static s => s.Size).ToList();
}
