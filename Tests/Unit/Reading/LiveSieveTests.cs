using AllData.Events;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>What a live reader lets through of the pages of one silo after the other.</summary>
public sealed class LiveSieveTests
{
    [Fact]
    public void Each_event_goes_through_once_live_or_in_order()
    {
        var sieve = new LiveSieve();
        Assert.Equal(Keys(5, 7), Given(sieve, Page(isLive: true, 2, 5, 7)));
        Assert.Equal(Keys(6), Given(sieve, Page(isLive: true, 2, 5, 6)));
        Assert.Equal(Keys(3), Given(sieve, Page(isLive: false, 7, 3, 5, 6, 7)));
        Assert.Empty(Given(sieve, Page(isLive: true, 7, 7)));
    }

    [Fact]
    public void What_it_cannot_remember_goes_through_because_its_silo_gives_it_no_more()
    {
        var sieve = new LiveSieve(maxKeys: 2);
        Assert.Equal(Keys(500, 600, 700), Given(sieve, Page(isLive: true, 2, 500, 600, 700)));
        Assert.Equal(Keys(800), Given(sieve, Page(isLive: true, 2, 500, 800)));

        // There is room again behind the safe point.
        Assert.Empty(Given(sieve, Page(isLive: false, 600)));
        Assert.Equal(Keys(900), Given(sieve, Page(isLive: true, 600, 550, 900)));
        Assert.Empty(Given(sieve, Page(isLive: true, 600, 900)));
    }

    private static FollowPage Page(bool isLive, int position, params int[] offsets) => new(
        offsets.Length == 0 ? null : FakeScan.PageOf([.. offsets.Select(static n => (FakeScan.Key(n), "{}"u8.ToArray()))], [], [], isLast: false),
        FakeScan.Key(position), FakeScan.Key(position), [])
    {
        IsLive = isLive,
    };

    private static EventKey[] Keys(params int[] offsets) => [.. offsets.Select(static n => FakeScan.Key(n))];

    private static EventKey[] Given(LiveSieve sieve, FollowPage page) => [.. sieve.Sift(page).Events?.Unpack().Select(static e => e.Key) ?? []];
}
