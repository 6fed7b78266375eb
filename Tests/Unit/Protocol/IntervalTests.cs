using AllData.Events;
using AllData.Intervals;

namespace AllData.Tests.Unit.Protocol;

public sealed class IntervalTests
{
    private static readonly long Time = new DateTimeOffset(2024, 9, 1, 13, 17, 42, 5, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Theory]
    [InlineData(1_440, "20240901T000000")]
    [InlineData(180, "20240901T120000")]
    [InlineData(60, "20240901T130000")]
    [InlineData(15, "20240901T131500")]
    [InlineData(5, "20240901T131500")]
    public void Intervals_are_aligned_to_midnight(int minutes, string name) =>
        Assert.Equal(name, Interval.Containing(Time, TimeSpan.FromMinutes(minutes)).ToString());

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    [InlineData(-5)]
    [InlineData(2_880)]
    public void Other_lengths_are_refused(int minutes) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Containing(Time, TimeSpan.FromMinutes(minutes)));

    [Fact]
    public void A_time_before_1970_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Interval.Containing(-1, TimeSpan.FromDays(1)));

    [Fact]
    public void Neighbours_touch_and_do_not_overlap()
    {
        var interval = Interval.Containing(Time, TimeSpan.FromHours(3));

        Assert.Equal(interval.StartUnixMilliseconds, interval.Previous.EndUnixMilliseconds);
        Assert.Equal(interval.EndUnixMilliseconds, interval.Next.StartUnixMilliseconds);
        Assert.Equal(interval, interval.Next.Previous);
        Assert.True(interval.CompareTo(interval.Next) < 0);
    }

    [Fact]
    public void A_key_lies_in_exactly_one_of_them()
    {
        var interval = Interval.Containing(Time, TimeSpan.FromMinutes(5));
        var first = EventKey.Create(interval.StartUnixMilliseconds, 0, 0);
        var last = EventKey.Create(interval.EndUnixMilliseconds - 1, EventKey.MaxOrdinal, EventKey.MaxSequence);

        Assert.True(interval.Contains(first) && interval.Contains(last));
        Assert.False(interval.Previous.Contains(first) || interval.Next.Contains(last));
    }

    [Fact]
    public void A_minute_lies_in_exactly_one_of_them()
    {
        var interval = Interval.Containing(Time, TimeSpan.FromMinutes(5));

        Assert.Equal((interval.FirstKey.UnixMinute, interval.EndKey.UnixMinute), (interval.FirstMinute, interval.EndMinute));
        Assert.Equal(5, interval.EndMinute - interval.FirstMinute);
        Assert.True(interval.Contains(interval.FirstMinute) && interval.Contains(interval.EndMinute.Previous()));
        Assert.False(interval.Contains(interval.FirstMinute.Previous()) || interval.Contains(interval.EndMinute));
        Assert.Equal(interval, Interval.Containing(interval.EndMinute.Previous(), TimeSpan.FromMinutes(5)));
        Assert.Equal(interval.Next, Interval.Containing(interval.EndMinute, TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void Previous_current_and_next_are_open()
    {
        var length = TimeSpan.FromHours(1);
        var current = Interval.Containing(Time, length);

        Assert.True(current.IsOpenAt(Time) && current.Previous.IsOpenAt(Time) && current.Next.IsOpenAt(Time));
        Assert.False(current.Previous.Previous.IsOpenAt(Time) || current.Next.Next.IsOpenAt(Time));
        Assert.True(current.IsOpenAt(current.Next.EndUnixMilliseconds - 1));
        Assert.False(current.IsOpenAt(current.Next.EndUnixMilliseconds));
    }
}
