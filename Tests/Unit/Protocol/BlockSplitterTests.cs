using AllData.Events;
using AllData.Protocol;

namespace AllData.Tests.Unit.Protocol;

public sealed class BlockSplitterTests
{
    private static readonly long Minute = DateTimeOffset.Parse("2026-11-22T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture)
        .ToUnixTimeMilliseconds();

    [Fact]
    public void No_events_make_no_block() => Assert.Empty(BlockSplitter.Split([], 10, 1_000));

    [Fact]
    public void Events_of_one_minute_within_the_bounds_stay_together() =>
        Assert.Equal([0..3], BlockSplitter.Split(Events(0, 1, 59_999), 10, 1_000));

    [Fact]
    public void A_block_never_crosses_a_minute() =>
        Assert.Equal([0..2, 2..3], BlockSplitter.Split(Events(59_998, 59_999, 60_000), 10, 1_000));

    [Fact]
    public void A_block_has_at_most_so_many_events() =>
        Assert.Equal([0..2, 2..4, 4..5], BlockSplitter.Split(Events(0, 1, 2, 3, 4), 2, 1_000));

    [Fact]
    public void A_block_has_at_most_so_many_bytes_and_a_larger_event_goes_alone()
    {
        var size = PackedEvent.Overhead + 10;
        Assert.Equal([0..2, 2..3], BlockSplitter.Split(Events(0, 1, 2), 10, 2 * size));
        Assert.Equal([0..1, 1..2, 2..3], BlockSplitter.Split(Events(0, 1, 2), 10, 5));
    }

    private static KeyedEvent[] Events(params int[] milliseconds) =>
        [.. milliseconds.Select(ms => new KeyedEvent(EventKey.Create(Minute + ms, 1, 0), new byte[10]))];
}
