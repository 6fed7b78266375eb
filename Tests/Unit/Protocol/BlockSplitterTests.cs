using AllData.Events;
using AllData.Protocol.Blocks;

namespace AllData.Tests.Unit.Protocol;

public sealed class BlockSplitterTests
{
    [Fact]
    public void Few_events_of_a_minute_are_one_block() =>
        Assert.Equal([0..3], Split(maxEvents: 10, maxBytes: 1_000, (0, 5), (1, 5), (59_999, 5)));

    [Fact]
    public void No_block_crosses_a_minute() => Assert.Equal([0..2, 2..3], Split(10, 1_000, (0, 5), (59_999, 5), (60_000, 5)));

    [Fact]
    public void A_block_has_at_most_so_many_events() =>
        Assert.Equal([0..2, 2..4, 4..5], Split(2, 1_000, (0, 5), (1, 5), (2, 5), (3, 5), (4, 5)));

    [Fact]
    public void A_block_has_at_most_so_many_bytes_but_a_larger_event_gets_one_of_its_own()
    {
        var two = 2 * (PackedEvent.Overhead + 10);

        Assert.Equal([0..2, 2..3, 3..4], Split(10, two, (0, 10), (1, 10), (2, 500), (3, 10)));
    }

    [Fact]
    public void No_events_are_no_block() => Assert.Empty(Split(10, 1_000));

    private static List<Range> Split(int maxEvents, int maxBytes, params (long Millisecond, int Bytes)[] events) =>
        BlockSplitter.Split(
            events.Select(e => new KeyedEvent(EventKey.Create(e.Millisecond, 1, 0), new byte[e.Bytes])).ToArray(), maxEvents, maxBytes);
}
