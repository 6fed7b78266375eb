using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

public sealed class PeerHealthTests
{
    private static readonly PeerId Peer = PeerId.Parse("p1");
    private readonly PeerHealth _health = new(PeerId.Parse("own"), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(2));

    [Fact]
    public void A_peer_that_never_failed_is_not_avoided() => Assert.False(_health.IsAvoided(Peer, 0));

    [Fact]
    public void A_silent_peer_is_probed_after_a_second_and_each_time_that_it_is_silent_again_after_twice_as_long_up_to_fifteen()
    {
        var now = 1_000_000L;
        _health.OnSilent(Peer, now);
        foreach (var seconds in new[] { 1, 2, 4, 8, 15, 15 })
        {
            now += seconds * 1_000;
            Assert.Empty(_health.TakeDueProbes(now - 1));
            Assert.Equal([Peer], _health.TakeDueProbes(now));
            Assert.True(_health.IsAvoided(Peer, now), "until the probe has told");
            _health.OnSilent(Peer, now);
        }
    }

    [Fact]
    public void A_peer_whose_probe_is_in_flight_is_not_asked_twice_unless_no_result_is_ever_reported()
    {
        _health.OnSilent(Peer, 0);

        Assert.Equal([Peer], _health.TakeDueProbes(1_000));
        Assert.Empty(_health.TakeDueProbes(1_001));
        Assert.Equal([Peer], _health.TakeDueProbes(4_000));
    }

    [Fact]
    public void Without_any_probe_a_silent_peer_is_avoided_no_longer_than_a_probe_would_have_taken()
    {
        _health.OnSilent(Peer, 0);

        Assert.True(_health.IsAvoided(Peer, 3_999));
        Assert.False(_health.IsAvoided(Peer, 4_000));
    }

    [Fact]
    public void A_probe_that_is_answered_brings_a_peer_back_and_blocks_that_find_it_silent_again_double_its_avoidance()
    {
        _health.OnSilent(Peer, 0);

        Assert.True(_health.OnProbeAnswered(Peer, 1_000), "it seemed dead and was not");
        Assert.False(_health.IsAvoided(Peer, 1_000));
        _health.OnSilent(Peer, 3_000);
        Assert.Empty(_health.TakeDueProbes(4_999));
        Assert.Equal([Peer], _health.TakeDueProbes(5_000));
    }

    [Fact]
    public void Many_blocks_that_meet_the_same_silence_count_once()
    {
        for (var i = 0; i < 100; i++)
        {
            _health.OnSilent(Peer, 1_000 + i);
        }

        Assert.Equal([Peer], _health.TakeDueProbes(2_000));
    }

    [Theory]
    [InlineData(true, 3_000)]
    [InlineData(false, 6_000)]
    public void Any_answer_ends_it_and_one_in_time_lets_the_next_silence_begin_with_a_second_again(bool isTimely, long due)
    {
        _health.OnSilent(Peer, -1_000);
        _health.OnSilent(Peer, 0);

        Assert.True(_health.OnAnswer(Peer, 1, isTimely), "it seemed dead and was not");
        Assert.False(_health.OnAnswer(Peer, 2, isTimely), "one silence is one death");
        Assert.False(_health.IsAvoided(Peer, 2));
        _health.OnSilent(Peer, 2_000);
        Assert.Empty(_health.TakeDueProbes(due - 1));
        Assert.Equal([Peer], _health.TakeDueProbes(due));
    }

    [Fact]
    public void An_erring_peer_is_avoided_for_a_second_however_often_and_needs_no_probe()
    {
        _health.OnError(Peer, 0);
        _health.OnError(Peer, 500);
        _health.OnError(Peer, 1_000);

        Assert.True(_health.IsAvoided(Peer, 1_999));
        Assert.False(_health.IsAvoided(Peer, 2_000));
        Assert.Empty(_health.TakeDueProbes(2_000));
        Assert.False(_health.OnAnswer(Peer, 2_001), "an error is no death");
    }

    [Fact]
    public void An_error_does_not_shorten_the_avoidance_of_a_silent_peer()
    {
        _health.OnSilent(Peer, -1_000);
        _health.OnSilent(Peer, 0);
        _health.OnError(Peer, 1);

        Assert.True(_health.IsAvoided(Peer, 1_999));
        Assert.Empty(_health.TakeDueProbes(1_999));
    }

    [Fact]
    public void A_clock_that_is_set_back_does_not_make_it_last()
    {
        _health.OnSilent(Peer, 1_000_000);

        Assert.False(_health.IsAvoided(Peer, 0));
        _health.OnSilent(Peer, 10);
        Assert.True(_health.IsAvoided(Peer, 1_000));
        Assert.False(_health.IsAvoided(Peer, 21_000));
    }

    [Fact]
    public void Peers_that_have_left_or_are_not_registered_any_more_are_forgotten()
    {
        var gone = PeerId.Parse("gone");
        var restarted = PeerId.Parse("p2");
        Assert.All([Peer, gone, restarted], peer => Assert.True(_health.OnSilent(peer, 0)));

        _health.KeepOnly(TestTopology.Of("r/a", "r/b"));
        _health.Forget(restarted);

        Assert.True(_health.IsAvoided(Peer, 1));
        Assert.False(_health.IsAvoided(gone, 1));
        Assert.False(_health.IsAvoided(restarted, 1));
    }
}
