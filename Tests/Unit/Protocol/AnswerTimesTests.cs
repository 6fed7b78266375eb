using AllData.Peers;
using AllData.Protocol.Topologies;

namespace AllData.Tests.Unit.Protocol;

/// <summary>How long to wait for a peer, by what it usually needs.</summary>
public sealed class AnswerTimesTests
{
    private static readonly PeerId Near = PeerId.Parse("p1");
    private static readonly PeerId Far = PeerId.Parse("p2");

    private readonly AnswerTimes _times = new(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(2));

    [Fact]
    public void Until_a_peer_is_known_the_longest_deadline_holds()
    {
        Answer(Near, AnswerTimes.Known - 1, 1);
        Assert.Equal(2_000, DeadlineOf(Near));

        Answer(Near, 1, 1);
        Assert.Equal(200, DeadlineOf(Near));
        Assert.Equal(2_000, DeadlineOf(Far));
    }

    [Fact]
    public void A_steady_peer_is_waited_for_four_times_as_long_as_it_needs()
    {
        Answer(Far, 200, 150);

        Assert.InRange(DeadlineOf(Far), 600, 610);
    }

    [Fact]
    public void The_more_the_answers_differ_the_longer_is_waited()
    {
        for (var i = 0; i < 100; i++)
        {
            Answer(Near, 1, 100);
            Answer(Far, 1, i % 2 == 0 ? 50 : 150);
        }

        Assert.InRange(DeadlineOf(Near), 400, 410);
        Assert.InRange(DeadlineOf(Far), 900, 1_400);
    }

    [Fact]
    public void A_peer_that_is_slow_now_and_then_is_given_time_for_it_until_it_has_been_fast_for_long()
    {
        Answer(Near, AnswerTimes.Known, 5);
        Answer(Near, 1, 300);
        Answer(Near, AnswerTimes.Window - 1, 5);
        Assert.Equal(600, DeadlineOf(Near));

        Answer(Near, (2 * AnswerTimes.Window) + 1, 5);
        Assert.Equal(200, DeadlineOf(Near));
    }

    [Fact]
    public void How_slow_the_first_answers_are_is_not_remembered()
    {
        Answer(Near, 1, 900);
        Answer(Near, AnswerTimes.Known + 20, 5);

        Assert.Equal(200, DeadlineOf(Near));
    }

    [Fact]
    public void A_peer_that_becomes_slow_gets_more_time_by_its_late_answers_and_never_more_than_the_longest()
    {
        Answer(Near, 100, 5);
        Answer(Near, 1, 900);
        Assert.InRange(DeadlineOf(Near), 1_500, 2_000);

        Answer(Near, 100, 60_000);
        Assert.Equal(2_000, DeadlineOf(Near));
    }

    [Fact]
    public void Bounds_that_cross_give_the_longest()
    {
        var times = new AnswerTimes(TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(100));
        for (var i = 0; i < 100; i++)
        {
            times.OnAnswer(Near, TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(100), times.DeadlineOf(Near));
    }

    [Fact]
    public void A_peer_that_is_not_registered_any_more_is_forgotten()
    {
        Answer(Near, 100, 1);
        Answer(Far, 100, 1);

        _times.KeepOnly(TestTopology.Of("r/a"));

        Assert.Equal((200, 2_000), (DeadlineOf(Near), DeadlineOf(Far)));
    }

    private void Answer(PeerId peer, int count, int milliseconds)
    {
        for (var i = 0; i < count; i++)
        {
            _times.OnAnswer(peer, TimeSpan.FromMilliseconds(milliseconds));
        }
    }

    private double DeadlineOf(PeerId peer) => _times.DeadlineOf(peer).TotalMilliseconds;
}
