using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Storage;

public sealed class LateListingTests
{
    private static readonly Interval Day = Interval.Containing(TestBlocks.Noon, TimeSpan.FromDays(1));

    [Theory]
    [InlineData(0, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Late_events_of_an_interval_arrive_while_it_takes_keys_and_not_long_after(int intervals, bool may)
    {
        var position = EventKey.FirstAt(Day.EndUnixMilliseconds + (intervals * Day.LengthMilliseconds) - 1);
        Assert.Equal(!may, LateListing.IsStraggler(Day, TestBlocks.Late(position, null, (TestBlocks.Key(0), "x")).Header));
        Assert.Equal(may, LateListing.MayHave(Day, new LateRange(position, EventKey.MaxValue, 1)));
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(2, false)]
    public void What_arrived_after_a_loss_is_not_lost(int minutes, bool may)
    {
        var lostAt = DateTimeOffset.FromUnixTimeMilliseconds(TestBlocks.Noon);
        var range = new LateRange(EventKey.FirstAt(lostAt.AddMinutes(minutes)), EventKey.MaxValue, 1);
        Assert.Equal(may, LateListing.MayHaveLost(lostAt, range));
        Assert.False(LateListing.MayHaveLost(null, range));
    }
}
