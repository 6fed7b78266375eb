using System.Collections.Immutable;
using AllData.Errors;
using AllData.Events;
using AllData.Replicas;
using AllData.Replication;

namespace AllData.Tests.Unit.Replicas;

public sealed class QuestionBoundsTests
{
    [Fact]
    public void More_than_is_answered_at_once_becomes_as_much_as_is()
    {
        Assert.Equal(4 << 20, QuestionBounds.Clamp(new BlockRange(default, EventKey.MaxValue, default, null, int.MaxValue)).MaxBytes);
        Assert.Equal(1, QuestionBounds.Clamp(new BlockRange(default, EventKey.MaxValue, [], null, -5)).MaxBytes);
        Assert.Equal(8_192, QuestionBounds.Clamp(new BlockListRange(new(5), default, null, int.MaxValue)).MaxBlocks);
        Assert.Equal(1_440, QuestionBounds.Clamp(new BlockListRange(new(5), [], null, 1, int.MaxValue)).Minutes);
        Assert.Equal(1, QuestionBounds.Clamp(new BlockListRange(new(5), [], null, 1, -5)).Minutes);
        var fetch = QuestionBounds.Clamp(new BlockFetch(new(5), new byte[16 * 20_000], int.MaxValue));
        Assert.Equal((16 * 16_384, 4 << 20), (fetch.Ids.Length, fetch.MaxBytes));
        Assert.Equal(8_192, QuestionBounds.Clamp(new BucketRange(new(0), new(1), int.MaxValue)).MaxBuckets);
    }

    [Fact]
    public void Minutes_beyond_all_keys_do_not_run_over()
    {
        var range = QuestionBounds.Clamp(new BucketRange(new(long.MinValue), new(long.MaxValue), 1));
        Assert.Equal((UnixMinute.First, EventKey.MaxValue.UnixMinute + 1), (range.FromMinute, range.ToMinute));
        Assert.True(range.ToMinute.StartUnixMilliseconds > 0, "it ran over");
        EventKey.FirstAt(QuestionBounds.Clamp(new BlockListRange(new(long.MaxValue), [], null, 1)).UnixMinute.EndUnixMilliseconds);
        EventKey.FirstAt(QuestionBounds.Clamp(new ScrubPosition(null, new(long.MaxValue))).FromMinute.EndUnixMilliseconds);
    }

    [Fact]
    public void What_cannot_be_paged_is_refused()
    {
        QuestionBounds.Check([.. Enumerable.Repeat(default(EventKey), 10_000)]);
        var error = Assert.Throws<QuestionTooLargeException>(() => QuestionBounds.Check([.. Enumerable.Repeat(default(EventKey), 10_001)]));
        Assert.Equal((10_000, 10_001), (error.Limit, error.Count));
        Assert.Throws<QuestionTooLargeException>(() => QuestionBounds.Check(default(ImmutableArray<EventKey>)));
        Assert.Throws<QuestionTooLargeException>(() => QuestionBounds.Clamp(new BlockRange(default, default, [.. new CopysetId[20_000]], null, 1)));
    }
}
