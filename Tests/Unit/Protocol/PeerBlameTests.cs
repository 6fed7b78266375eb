using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>When all peers are silent, none is blamed: which peers are avoided after a silence, depending on the others' answers.</summary>
public sealed class PeerBlameTests
{
    private const long Deadline = 2_000;

    private static readonly PeerId Own = PeerId.Parse("own");
    private readonly PeerHealth _health = new(Own, TimeSpan.FromMilliseconds(Deadline), TimeSpan.FromMilliseconds(Deadline));

    // Each step is "what peer time", the peer a is silent at 2000.
    [Theory]
    [InlineData("a was the only one asked", "ask a 0", true)]
    [InlineData("b answers all the time", "ask a 0; ask b 0; hear b 10; ask b 1900; hear b 1910", true)]
    [InlineData("b owes nothing: it has answered all that it was asked", "ask a 0; ask b 0; hear b 10", true)]
    [InlineData("b was asked long ago and never answered", "ask b -9000; ask a 0", true)]
    [InlineData("b has answered with an error", "ask a 0; ask b 0; err b 1500; ask b 1600", true)]
    [InlineData("b owes an answer and nobody has given one", "ask a 0; ask b 0", false)]
    [InlineData("b has not answered lately, but just before it broke off", "ask a 0; ask b 0; hear b 10; ask b 20", false)]
    [InlineData("only the own peer has answered", "ask a 0; ask b 0; ask own 0; hear own 1900", false)]
    [InlineData("b answers, but too late", "ask a 0; ask b -1000; late b 1900; ask b 1901", false)]
    [InlineData("b cannot be reached either", "ask a 0; ask b 0; lose b 1000", false)]
    public void A_silent_peer_is_blamed_when(string what, string steps, bool isBlamed)
    {
        Play(steps);

        Assert.True(_health.OnSilent(PeerId.Parse("a"), Deadline) == isBlamed, what);
        Assert.Equal(isBlamed, _health.IsAvoided(PeerId.Parse("a"), Deadline + 1));
    }

    [Theory]
    [InlineData("c, asked in its place, answers in time", "ask c 2001; hear c 2010", true)]
    [InlineData("c answers in time with an error", "ask c 2001; err c 2010", true)]
    [InlineData("c answers, but long after", "ask c 2001; ask c 4500; hear c 4510", false)]
    [InlineData("c gives an answer that is too late", "late c 2010", false)]
    [InlineData("the own peer answers", "hear own 2010", false)]
    [InlineData("a itself answers", "hear a 2010; hear c 2020", false)]
    public void A_silence_that_was_held_back_is_held_against_the_peer_when(string what, string steps, bool isBlamed)
    {
        Play("ask a 0; ask b 0");
        Assert.False(_health.OnSilent(PeerId.Parse("a"), Deadline));

        Play(steps);

        Assert.True(_health.IsAvoided(PeerId.Parse("a"), Deadline + 11) == isBlamed, what);
    }

    [Theory]
    [InlineData("b has answered within the wait's second half", "ask a 1800; ask b 1800; hear b 1950", true)]
    [InlineData("b has answered before it, as a does until the connection breaks", "ask b 1700; hear b 1790; ask a 1800; ask b 1800", false)]
    public void A_peer_with_a_short_deadline_of_its_own_is_blamed_when(string what, string steps, bool isBlamed)
    {
        Play(steps);

        Assert.True(_health.OnSilent(PeerId.Parse("a"), Deadline, waited: 200) == isBlamed, what);
    }

    [Fact]
    public void The_own_peer_is_blamed_for_its_silence_when_another_answers()
    {
        Play("ask own 0; ask a 0; hear a 1900");

        Assert.True(_health.OnSilent(Own, Deadline));
    }

    [Fact]
    public void A_silo_without_connection_blames_nobody_however_long_it_lasts()
    {
        string[] peers = ["a", "b", "c", "d", "e"];
        for (var now = 0L; now < 120_000; now += 100)
        {
            foreach (var peer in peers)
            {
                _health.OnAsked(PeerId.Parse(peer), now);
                Assert.False(now >= Deadline && _health.OnSilent(PeerId.Parse(peer), now), $"{peer} at {now}");
            }
        }

        // The connection is back.
        Assert.All(peers, peer => Assert.False(_health.OnAnswer(PeerId.Parse(peer), 120_000, isTimely: false)));
        Assert.All(peers, peer => Assert.False(_health.IsAvoided(PeerId.Parse(peer), 120_001)));
    }

    [Fact]
    public void An_unreachable_peer_is_blamed_by_the_same_rule_and_avoided_like_an_erring_one()
    {
        Play("ask a 0; ask b 0");
        Assert.False(_health.OnUnreachable(PeerId.Parse("a"), 10));
        Assert.False(_health.IsAvoided(PeerId.Parse("a"), 11));

        Play("hear b 20");

        Assert.True(_health.IsAvoided(PeerId.Parse("a"), 1_019));
        Assert.False(_health.IsAvoided(PeerId.Parse("a"), 1_020));
        Assert.Empty(_health.TakeDueProbes(1_020));
    }

    private void Play(string steps)
    {
        foreach (var step in steps.Split("; "))
        {
            var (what, peer, now) = step.Split(' ') is [var w, var p, var t] ? (w, PeerId.Parse(p), long.Parse(t)) : throw new ArgumentException(step);
            switch (what)
            {
                case "ask":
                    _health.OnAsked(peer, now);
                    break;
                case "hear":
                    _health.OnAnswer(peer, now);
                    break;
                case "late":
                    _health.OnAnswer(peer, now, isTimely: false);
                    break;
                case "err":
                    _health.OnError(peer, now);
                    break;
                case "lose":
                    _health.OnUnreachable(peer, now);
                    break;
                default:
                    throw new ArgumentException(step);
            }
        }
    }
}
