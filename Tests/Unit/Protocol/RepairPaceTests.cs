using AllData.Protocol.Repair;

namespace AllData.Tests.Unit.Protocol;

public sealed class RepairPaceTests
{
    private readonly RepairPace _pace = new(bytesPerSecond: 1_000);

    [Fact]
    public void A_second_s_bytes_are_free_and_more_have_to_rest_for_as_long_as_they_take()
    {
        Assert.Equal(TimeSpan.Zero, _pace.OnFetched(1_000, 0));
        Assert.Equal(TimeSpan.FromSeconds(0.5), _pace.OnFetched(500, 0));
        Assert.Equal(TimeSpan.FromSeconds(1), _pace.OnFetched(1_000, 500));
    }

    [Fact]
    public void A_long_rest_earns_no_more_than_a_second()
    {
        _pace.OnFetched(1_000, 0);
        Assert.Equal(TimeSpan.Zero, _pace.OnFetched(1_000, 1_000_000));
        Assert.Equal(TimeSpan.FromSeconds(1), _pace.OnFetched(1_000, 1_000_000));
    }
}
