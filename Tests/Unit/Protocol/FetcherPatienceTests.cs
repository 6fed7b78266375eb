using AllData.Peers;
using AllData.Protocol.Repair;

namespace AllData.Tests.Unit.Protocol;

public sealed class FetcherPatienceTests
{
    private static readonly PeerId Peer = PeerId.Parse("p1");
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(15);

    private readonly FetcherPatience _patience = new(Minute);
    private TimeSpan _now = TimeSpan.FromHours(1);

    [Fact]
    public void A_peer_that_brings_nothing_is_passed_over_for_a_time_and_then_tried_again()
    {
        Assert.Equal(Minute, WaitUntilOver());
        _now += 9 * Minute;
        Assert.True(_patience.IsOver(Peer, _now));
        _now += Minute;
        Assert.False(_patience.IsOver(Peer, _now));
        Assert.Equal(Minute, WaitUntilOver());
    }

    [Fact]
    public void A_peer_is_waited_for_while_it_brings_something()
    {
        for (var i = 0; i < 100; i++)
        {
            _patience.OnWaiting(Peer, _now);
            _now += Look;
            _patience.OnBrought(Peer, _now);
            Assert.False(_patience.IsOver(Peer, _now));
        }

        Assert.Equal(Minute, WaitUntilOver());
        _patience.OnBrought(Peer, _now);
        Assert.False(_patience.IsOver(Peer, _now));
    }

    [Fact]
    public void What_is_missing_long_after_the_last_time_is_waited_for_from_the_start()
    {
        _patience.OnWaiting(Peer, _now);
        _now += 5 * Minute;
        Assert.False(_patience.IsOver(Peer, _now));
        Assert.Equal(Minute, WaitUntilOver());
    }

    [Fact]
    public void A_peer_that_is_gone_is_forgotten()
    {
        WaitUntilOver();
        _patience.KeepOnly(new HashSet<PeerId>());
        Assert.False(_patience.IsOver(Peer, _now));
    }

    private TimeSpan WaitUntilOver()
    {
        var start = _now;
        while (!_patience.IsOver(Peer, _now))
        {
            _patience.OnWaiting(Peer, _now);
            _now += Look;
        }

        return _now - start;
    }
}
