using AllData.Events;

namespace AllData.Tests.Unit.Protocol;

public sealed class EventDigestTests
{
    [Fact]
    public void It_is_xxh128_of_the_bytes() => Assert.Equal("99aa06d3014798d86001c324468d497f", EventDigest.Of([]).ToString());

    [Fact]
    public void The_sum_does_not_depend_on_the_order_and_wraps_around()
    {
        var one = EventDigest.Of([1]);
        var two = EventDigest.Of([2]);

        Assert.Equal(one + two, two + one);
        Assert.Equal(default, new EventDigest(UInt128.MaxValue) + new EventDigest(1));
    }

    [Fact]
    public void The_binary_form_is_read_back()
    {
        var bytes = new byte[EventDigest.BinaryLength];
        var digest = EventDigest.Of([1, 2, 3]);

        digest.WriteTo(bytes);

        Assert.Equal(digest, EventDigest.ReadFrom(bytes));
        Assert.Equal(digest.ToString(), Convert.ToHexString(bytes).ToLowerInvariant());
    }

    [Fact]
    public void Key_and_payload_may_lie_apart()
    {
        var key = EventKey.Create(1, 2, 3);
        byte[] payload = [4, 5];
        var together = new byte[EventKey.BinaryLength + 2];
        key.WriteTo(together);
        payload.CopyTo(together, EventKey.BinaryLength);

        Assert.Equal(EventDigest.Of(together), EventDigest.Of(key, payload));
    }
}
