using AllData.Client.Put;
using AllData.Events;

namespace AllData.Tests.Unit.Client;

public sealed class LineBatcherTests
{
    [Fact]
    public void A_batch_is_full_at_its_number_of_events() =>
        Assert.Equal([3, 3, 1], Sizes(new LineBatcher(3, 1_000_000), 1, 1, 1, 1, 1, 1, 1));

    [Fact]
    public void A_batch_is_full_before_its_bytes_are_exceeded()
    {
        var bytes = (2 * PackedEvent.Overhead) + 100;
        Assert.Equal([2, 1, 1], Sizes(new LineBatcher(100, bytes), 50, 50, 1, 100));
    }

    [Fact]
    public void A_line_larger_than_a_batch_goes_alone() => Assert.Equal([1, 1, 1], Sizes(new LineBatcher(100, 50), 1, 500, 1));

    [Fact]
    public void No_line_is_lost_doubled_or_reordered()
    {
        var batcher = new LineBatcher(7, 400);
        var random = new Random(7);
        var given = Enumerable.Range(1, 1_000).Select(n => Line(n, random.Next(300))).ToList();
        var batches = given.Select(batcher.Add).OfType<IReadOnlyList<EventLine>>().ToList();
        Assert.Equal(given, batches.Append(batcher.Take()).SelectMany(batch => batch));
        Assert.True(batcher.IsEmpty);
    }

    private static IEnumerable<int> Sizes(LineBatcher batcher, params int[] lengths)
    {
        var full = lengths.Select((length, i) => batcher.Add(Line(i + 1, length))).OfType<IReadOnlyList<EventLine>>().ToList();
        return full.Append(batcher.Take()).Select(batch => batch.Count);
    }

    private static EventLine Line(int number, int length) => new(number, new byte[length], LineEnding.LineFeed);
}
