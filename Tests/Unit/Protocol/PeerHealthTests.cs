using AllData.Peers;
using AllData.Protocol;

namespace AllData.Tests.Unit.Protocol;

public sealed class PeerHealthTests
{
    private static readonly PeerId Peer = PeerId.Parse("p1");
    private readonly PeerHealth _health = new();

    [Fact]
    public void A_peer_that_never_failed_is_not_avoided() => Assert.False(_health.IsAvoided(Peer, 0));

    [Fact]
    public void A_silent_peer_is_avoided_for_a_second_and_twice_as_long_each_time_up_to_fifteen()
    {
        var now = 1_000_000L;
        foreach (var seconds in new[] { 1, 2, 4, 8, 15, 15 })
        {
            _health.OnSilent(Peer, now);
            Assert.True(_health.IsAvoided(Peer, now + (seconds * 1_000) - 1), $"for {seconds} s");
            now += seconds * 1_000;
            Assert.False(_health.IsAvoided(Peer, now), $"no longer than {seconds} s");
        }
    }

    [Fact]
    public void Many_blocks_that_meet_the_same_silence_count_once()
    {
        for (var i = 0; i < 100; i++)
        {
            _health.OnSilent(Peer, 1_000 + i);
        }

        Assert.False(_health.IsAvoided(Peer, 2_000));
    }

    [Fact]
    public void Any_answer_clears_it_and_the_next_silence_begins_with_a_second_again()
    {
        _health.OnSilent(Peer, 0);
        _health.OnSilent(Peer, 1_000);
        _health.OnAnswer(Peer);

        Assert.False(_health.IsAvoided(Peer, 1_001));
        _health.OnSilent(Peer, 2_000);
        Assert.False(_health.IsAvoided(Peer, 3_000));
    }

    [Fact]
    public void An_erring_peer_is_avoided_for_a_second_however_often()
    {
        _health.OnError(Peer, 0);
        _health.OnError(Peer, 500);
        _health.OnError(Peer, 1_000);

        Assert.True(_health.IsAvoided(Peer, 1_999));
        Assert.False(_health.IsAvoided(Peer, 2_000));
    }

    [Fact]
    public void An_error_does_not_shorten_the_avoidance_of_a_silent_peer()
    {
        _health.OnSilent(Peer, 0);
        _health.OnSilent(Peer, 1_000);
        _health.OnError(Peer, 1_001);

        Assert.True(_health.IsAvoided(Peer, 2_999));
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_make_it_last()
    {
        _health.OnSilent(Peer, 1_000_000);

        Assert.False(_health.IsAvoided(Peer, 0));
        _health.OnSilent(Peer, 10);
        Assert.True(_health.IsAvoided(Peer, 1_000));
        Assert.False(_health.IsAvoided(Peer, 16_000));
    }

    [Fact]
    public void Peers_that_are_not_registered_any_more_are_forgotten()
    {
        var gone = PeerId.Parse("gone");
        _health.OnSilent(Peer, 0);
        _health.OnSilent(gone, 0);

        _health.KeepOnly(TestTopology.Of("r/a"));

        Assert.True(_health.IsAvoided(Peer, 1));
        Assert.False(_health.IsAvoided(gone, 1));
    }
}
