using AllData.Reading;

namespace AllData.Tests.Unit.Following;

/// <summary>How fast readers are given events while processors are short.</summary>
public sealed class FollowPaceTests
{
    private const long PageBytes = 1 << 20;

    private readonly FollowPace _pace = new();

    [Fact]
    public void While_timers_are_on_time_readers_are_given_everything_at_once()
    {
        _pace.OnWoken(FollowPace.Late);
        Assert.Equal(TimeSpan.Zero, _pace.RestAfter(PageBytes, readers: 1_000));
    }

    [Fact]
    public void While_timers_are_late_the_rate_falls_down_to_the_least_and_no_further()
    {
        Hurry(times: 100);
        Assert.Equal(TimeSpan.FromSeconds(0.25), _pace.RestAfter(PageBytes, readers: 4));
        Assert.Equal(TimeSpan.FromSeconds(1), _pace.RestAfter(PageBytes, readers: 16));
    }

    [Fact]
    public void However_many_readers_there_are_they_are_given_a_page_every_two_seconds()
    {
        Hurry(times: 100);
        Assert.Equal(FollowPace.LongestRest, _pace.RestAfter(PageBytes, readers: 10_000));
        Assert.Equal(TimeSpan.FromSeconds(0.25), _pace.RestAfter(PageBytes, readers: 4));
    }

    [Fact]
    public void When_there_is_room_again_the_rate_rises_until_it_is_not_limited()
    {
        Hurry(times: 100);
        var last = _pace.RestAfter(PageBytes, readers: 16);
        for (var i = 0; i < 100; i++)
        {
            _pace.OnWoken(TimeSpan.Zero);
            var rest = _pace.RestAfter(PageBytes, readers: 16);
            Assert.True(rest <= last || rest < TimeSpan.FromMilliseconds(100), $"{rest} after {last}");
            last = rest;
        }

        Assert.Equal(TimeSpan.Zero, _pace.RestAfter(PageBytes, readers: 1_000));
    }

    [Fact]
    public void Short_rests_are_gathered_and_none_is_lost()
    {
        Hurry(times: 100);
        var rested = TimeSpan.Zero;
        for (var i = 0; i < 1_600; i++)
        {
            rested += _pace.RestAfter(PageBytes / 100, readers: 1);
        }

        Assert.InRange(rested, TimeSpan.FromSeconds(0.95), TimeSpan.FromSeconds(1));
    }

    private void Hurry(int times)
    {
        for (var i = 0; i < times; i++)
        {
            _pace.OnWoken(TimeSpan.FromSeconds(1));
        }
    }
}
