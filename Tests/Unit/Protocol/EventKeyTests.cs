using AllData.Events;

namespace AllData.Tests.Unit.Protocol;

public sealed class EventKeyTests
{
    [Fact]
    public void A_key_is_written_as_time_ordinal_and_sequence()
    {
        var time = new DateTimeOffset(2024, 2, 29, 23, 59, 58, 7, TimeSpan.Zero);

        var key = EventKey.Create(time.ToUnixTimeMilliseconds(), 12, 345);

        Assert.Equal("20240229T235958007001200345", key.ToString());
        Assert.Equal(EventKey.TextLength, key.ToString().Length);
        Assert.Equal(time, key.Timestamp);
        Assert.Equal((12, 345), (key.Ordinal, key.Sequence));
        Assert.Equal(time.ToUnixTimeMilliseconds() / 60_000, key.UnixMinute.Value);
        Assert.Equal(key, EventKey.Parse("20240229T235958007001200345"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("20240229T23595800700120034")] // one short
    [InlineData("20240229T2359580070012003455")] // one long
    [InlineData("20230229T235958007001200345")] // no such day
    [InlineData("20240229T245958007001200345")] // no such hour
    [InlineData("20240229T235960007001200345")] // leap seconds are not written
    [InlineData("20240229t235958007001200345")]
    [InlineData("20240229T2359580070012 0345")]
    [InlineData("20240229T235958007+01200345")]
    [InlineData("20240229T235958007-01200345")]
    [InlineData("20240229T23595800700120034x")]
    [InlineData("19691231T235959999000000000")] // before 1970
    [InlineData("２0240229T235958007001200345")] // a full-width digit
    [InlineData(" 0240229T235958007001200345")]
    [InlineData("20260305T120000000000500\0\0\0")] // three zero bytes for digits
    [InlineData("20260305T120000000000000500\0")]
    [InlineData("20260305T12000000000000050\u0663")] // an Arabic digit
    public void What_is_not_exactly_a_key_is_refused(string text)
    {
        Assert.False(EventKey.TryParse(text, out _));
        var error = Assert.Throws<FormatException>(() => EventKey.Parse(text));
        Assert.Contains("YYYYMMDDThhmmssfffnnnnnnnnn", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_begins_at_the_smallest_key_at_or_after_a_time()
    {
        var time = new DateTimeOffset(2024, 2, 29, 23, 59, 58, 7, TimeSpan.FromHours(2));

        Assert.Equal("20240229T215958007000000000", EventKey.FirstAt(time).ToString());
        Assert.Equal("20240229T215958008000000000", EventKey.FirstAt(time.AddTicks(1)).ToString());
        Assert.Equal(EventKey.FirstAt(0), EventKey.FirstAt(DateTimeOffset.UnixEpoch));
        Assert.Equal(EventKey.MaxValue, EventKey.FirstAt(DateTimeOffset.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => EventKey.FirstAt(DateTimeOffset.UnixEpoch.AddTicks(-1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => EventKey.FirstAt(DateTimeOffset.MinValue));
    }

    [Fact]
    public void A_key_is_parsed_and_formatted_by_generic_code()
    {
        const string text = "20240229T235958007001200345";

        Assert.Equal(EventKey.Parse(text), Parsed<EventKey>(text));
        Assert.Equal(text, $"{EventKey.Parse(text):any}");
        static T Parsed<T>(string text)
            where T : ISpanParsable<T> =>
            T.TryParse(text.AsSpan(), null, out var key) && T.TryParse(text, null, out _) ? key : throw new FormatException(text);
    }

    [Fact]
    public void No_text_is_no_key() => Assert.False(EventKey.TryParse(null, out _));

    [Theory]
    [InlineData(-1, 0, 0)]
    [InlineData(253_402_300_800_000, 0, 0)]
    [InlineData(0, -1, 0)]
    [InlineData(0, 10_000, 0)]
    [InlineData(0, 0, -1)]
    [InlineData(0, 0, 100_000)]
    public void Parts_out_of_range_are_refused(long unixMilliseconds, int ordinal, int sequence) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => EventKey.Create(unixMilliseconds, ordinal, sequence));

    [Fact]
    public void The_smallest_and_the_largest_key_survive_both_forms()
    {
        var largest = EventKey.Create(253_402_300_799_999, EventKey.MaxOrdinal, EventKey.MaxSequence);
        foreach (var key in new[] { EventKey.Create(0, 0, 0), largest })
        {
            Assert.Equal(key, EventKey.Parse(key.ToString()));
            Assert.Equal(key, EventKey.ReadFrom(Binary(key)));
        }
    }

    [Fact]
    public void Keys_texts_and_binary_forms_sort_alike()
    {
        var random = new Random(1);
        var keys = Enumerable.Range(0, 3_000).Select(_ => EventKey.Create(
            random.Next(3) == 0 ? random.NextInt64(253_402_300_800_000) : 1_700_000_000_000 + random.Next(3),
            random.Next(10_000), random.Next(100_000))).ToList();
        for (var i = 1; i < keys.Count; i++)
        {
            var order = Math.Sign(keys[i - 1].CompareTo(keys[i]));
            Assert.Equal(order, Math.Sign(string.CompareOrdinal(keys[i - 1].ToString(), keys[i].ToString())));
            Assert.Equal(order, Math.Sign(Binary(keys[i - 1]).AsSpan().SequenceCompareTo(Binary(keys[i]))));
            Assert.Equal((order < 0, order > 0, order <= 0, order >= 0),
                (keys[i - 1] < keys[i], keys[i - 1] > keys[i], keys[i - 1] <= keys[i], keys[i - 1] >= keys[i]));
        }
    }

    [Theory]
    [InlineData("FFFFFFFFFFFFFFFF00000000")] // negative time
    [InlineData("7FFFFFFFFFFFFFFF00000000")] // after the year 9999
    [InlineData("000000000000000080000000")] // negative digits
    [InlineData("00000000000000003B9ACA00")] // 1,000,000,000: ten digits
    public void Bytes_that_are_not_a_key_are_refused(string hex) =>
        Assert.Throws<FormatException>(() => EventKey.ReadFrom(Convert.FromHexString(hex)));

    [Theory]
    [InlineData(49_999, false)]
    [InlineData(50_000, true)]
    public void Reserved_keys_are_known_from_their_sequence(int sequence, bool isReserved) =>
        Assert.Equal(isReserved, EventKey.Create(1, 1, sequence).IsReserved);

    private static byte[] Binary(EventKey key)
    {
        var bytes = new byte[EventKey.BinaryLength];
        key.WriteTo(bytes);
        return bytes;
    }
}
