using AllData.Events;

namespace AllData.Tests.Unit.Protocol;

public sealed class UnixMinuteTests
{
    private const long Last = 4_223_371_679;

    [Theory]
    [InlineData(0, 0)]
    [InlineData(59_999, 0)]
    [InlineData(60_000, 1)]
    [InlineData(119_999, 1)]
    public void A_key_lies_in_the_minute_of_its_time(long milliseconds, long minute)
    {
        var key = EventKey.Create(milliseconds, EventKey.MaxOrdinal, EventKey.MaxSequence);
        Assert.Equal(new UnixMinute(minute), UnixMinute.Of(key));
        Assert.Equal(new UnixMinute(minute), key.UnixMinute);
        Assert.Equal(new UnixMinute(minute), UnixMinute.OfUnixMilliseconds(milliseconds));
        Assert.Equal(new UnixMinute(minute), UnixMinute.Of(key.Timestamp));
    }

    [Fact]
    public void The_first_minute_is_that_of_1970_and_the_end_is_the_first_behind_all_keys()
    {
        Assert.Equal(default(EventKey).UnixMinute, UnixMinute.First);
        Assert.Equal(UnixMinute.First, UnixMinute.OfUnixMilliseconds(-1));
        Assert.Equal(UnixMinute.First, UnixMinute.OfUnixMilliseconds(long.MinValue));
        Assert.Equal(new UnixMinute(Last), EventKey.MaxValue.UnixMinute);
        Assert.Equal(new UnixMinute(Last + 1), UnixMinute.End);
    }

    [Fact]
    public void It_begins_where_the_one_before_ends()
    {
        var minute = new UnixMinute(29_000_000);
        Assert.Equal((1_740_000_000_000, 1_740_000_060_000), (minute.StartUnixMilliseconds, minute.EndUnixMilliseconds));
        Assert.Equal(minute.EndUnixMilliseconds, minute.Next().StartUnixMilliseconds);
        Assert.Equal(minute, minute.Next().Previous());
        Assert.Equal((EventKey.FirstAt(1_740_000_000_000), EventKey.FirstAt(1_740_000_060_000)), (minute.GetFirstKey(), minute.GetEndKey()));
        Assert.Equal(minute, minute.GetFirstKey().UnixMinute);
        Assert.Equal(minute, minute.GetEndKey().GetPredecessor().UnixMinute);
    }

    [Fact]
    public void Behind_all_keys_it_begins_with_the_largest_of_them()
    {
        Assert.Equal(EventKey.FirstAt(Last * 60_000), new UnixMinute(Last).GetFirstKey());
        Assert.Equal(EventKey.MaxValue, new UnixMinute(Last).GetEndKey());
        Assert.Equal(EventKey.MaxValue, UnixMinute.End.GetFirstKey());
        Assert.Equal(EventKey.MaxValue, new UnixMinute(long.MaxValue).GetFirstKey());
        Assert.Equal(EventKey.MaxValue, new UnixMinute(long.MaxValue).GetEndKey());
        Assert.Throws<ArgumentOutOfRangeException>(() => UnixMinute.First.Previous().GetFirstKey());
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData((long.MaxValue / 60_000) + 1)]
    [InlineData(long.MinValue)]
    public void Milliseconds_that_no_number_holds_are_refused(long minute)
    {
        Assert.Throws<OverflowException>(() => new UnixMinute(minute).StartUnixMilliseconds);
        Assert.Throws<OverflowException>(() => new UnixMinute(minute).EndUnixMilliseconds);
    }

    [Fact]
    public void Minutes_are_counted_on_and_back_and_stop_at_the_largest_number()
    {
        var minute = new UnixMinute(100);
        Assert.Equal((new UnixMinute(107), new UnixMinute(93), 14L), (minute + 7, minute - 7, minute + 7 - (minute - 7)));
        Assert.Equal(new UnixMinute(long.MaxValue), new UnixMinute(long.MaxValue).Next());
        Assert.Equal(new UnixMinute(long.MaxValue), minute + long.MaxValue);
        Assert.Equal(new UnixMinute(long.MaxValue), new UnixMinute(1) - long.MinValue);
        Assert.Equal(new UnixMinute(long.MinValue), new UnixMinute(long.MinValue).Previous());
        Assert.Equal(new UnixMinute(long.MinValue), new UnixMinute(-2) - long.MaxValue);
        Assert.Equal(new UnixMinute(-1), UnixMinute.First - 1);
    }

    [Fact]
    public void They_are_ordered_by_time()
    {
        UnixMinute[] minutes = [new(3), new(long.MaxValue), new(-1), new(2)];
        Assert.Equal([new(-1), new(2), new(3), new(long.MaxValue)], minutes.Order());
        var (early, late) = (new UnixMinute(2), new UnixMinute(3));
        Assert.True(early < late && late > early && early <= late && late >= early);
        Assert.False(late < early || early > late || late <= early || early >= late);
        Assert.Equal((early, early), (UnixMinute.Min(early, late), UnixMinute.Min(late, early)));
        Assert.Equal((late, late), (UnixMinute.Max(early, late), UnixMinute.Max(late, early)));
    }

    [Theory]
    [InlineData(0, "19700101T0000")]
    [InlineData(29_000_000, "20250219T2120")]
    [InlineData(Last, "99991231T2359")]
    [InlineData(Last + 1, "4223371680")]
    [InlineData(-5, "-5")]
    public void Its_text_is_its_time_or_its_number_where_there_is_no_such_time(long minute, string text) =>
        Assert.Equal(text, new UnixMinute(minute).ToString());

    [Theory]
    [InlineData(29_000_000, 29_000_000)]
    [InlineData(long.MaxValue, Last)]
    [InlineData(long.MinValue, 0)]
    public void Its_time_is_one_of_those_that_there_are(long minute, long expected) =>
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(60 * expected), new UnixMinute(minute).Timestamp);
}
