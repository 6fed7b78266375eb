using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Sets of block numbers, against sets of single numbers.</summary>
public sealed class NumberRangesTests
{
    private const int Cases = 400;
    private const int Beyond = 24;

    [Fact]
    public void They_are_what_sets_of_single_numbers_are()
    {
        var random = new Random(1);
        for (var i = 0; i < Cases; i++)
        {
            var (one, other) = (Draw(random), Draw(random));
            var (left, right) = (NumberRanges.Of(one), NumberRanges.Of(other));
            Assert.Equal(one.Order(), NumbersOf(left));
            Assert.Equal((one.Count, one.Count == 0 ? 0 : one.Max() + 1), (left.Count, left.End));
            Assert.Equal(one.Union(other).Order(), NumbersOf(left.Union(right)));
            Assert.Equal(one.Except(other).Order(), NumbersOf(left.Except(right)));
            Assert.Equal(one.Intersect(other).Order(), NumbersOf(left.Intersect(right)));
            Assert.Equal(Enumerable.Range(0, Beyond).Select(n => one.Contains(n)), Enumerable.Range(0, Beyond).Select(n => left.Contains(n)));
            Assert.Equal(NumberRanges.Of(one.Reverse()), left);
            Assert.True(NumberRanges.TryParse(left.ToString(), out var parsed));
            Assert.Equal(left, parsed);
        }
    }

    [Fact]
    public void A_set_has_one_text()
    {
        Assert.Equal("0-2 5 8-9", NumberRanges.Of(new long[] { 9, 0, 1, 5, 2, 8, 1 }).ToString());
        Assert.All(
            new[] { "0-2 3", "5 1", "1  2", " 1", "01", "-1", "2-1", "1-1", "a", "1,2", $"{long.MaxValue}" },
            static text => Assert.False(NumberRanges.TryParse(text, out _), text));
        Assert.False(NumberRanges.TryParse(null, out _));
    }

    private static HashSet<long> Draw(Random random) => [.. Enumerable.Range(0, random.Next(Beyond)).Select(_ => (long)random.Next(Beyond))];

    private static IEnumerable<long> NumbersOf(NumberRanges ranges) =>
        ranges.Runs.SelectMany(static run => Enumerable.Range((int)run.First, (int)run.Count)).Select(static n => (long)n);
}
