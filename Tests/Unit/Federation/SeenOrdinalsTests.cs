using AllData.Federation;

namespace AllData.Tests.Unit.Federation;

/// <summary>Ordinals that were seen, told from any side to any other.</summary>
public sealed class SeenOrdinalsTests
{
    [Theory]
    [InlineData("", 0, 0)]
    [InlineData("1", 1, 0)]
    [InlineData("1-7 600 612-620", 7, 620)]
    [InlineData("590-610", 599, 610)]
    public void The_highest_of_each_range_is_known(string text, int north, int west)
    {
        Assert.True(SeenOrdinals.TryParse(text, out var seen));

        Assert.Equal(text, $"{seen}");
        Assert.Equal((north, west), (seen.HighestIn(OrdinalRange.DefaultOf(0)), seen.HighestIn(OrdinalRange.DefaultOf(1))));
        Assert.Equal(Math.Max(north, west), seen.Highest);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("10000")]
    [InlineData("7-1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1,2")]
    [InlineData("x")]
    [InlineData(null)]
    public void What_is_none_is_not_read(string? text) => Assert.False(SeenOrdinals.TryParse(text, out _));

    [Fact]
    public void Putting_together_is_that_of_sets_in_any_order_and_however_often()
    {
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var (a, b, c) = (Draw(random), Draw(random), Draw(random));
            var (x, y, z) = (SeenOrdinals.Of(a), SeenOrdinals.Of(b), SeenOrdinals.Of(c));
            Assert.Equal(SeenOrdinals.Of(a.Union(b)), x.Merge(y));
            Assert.Equal(x.Merge(y), y.Merge(x));
            Assert.Equal(x.Merge(y).Merge(z), x.Merge(y.Merge(z)));
            Assert.Equal(x, x.Merge(x));
            Assert.All(a, ordinal => Assert.True(x.Contains(ordinal)));
            Assert.True(SeenOrdinals.TryParse($"{x.Merge(y)}", out var read));
            Assert.Equal(x.Merge(y), read);
            var range = new OrdinalRange(random.Next(1, 100), random.Next(100, 200));
            Assert.Equal(a.Where(range.Contains).DefaultIfEmpty().Max(), x.HighestIn(range));
        }
    }

    [Fact]
    public void What_is_no_ordinal_is_left_out() => Assert.Equal("1 9999", $"{SeenOrdinals.Of([-1, 0, 1, 9_999, 10_000])}");

    private static List<int> Draw(Random random) => [.. Enumerable.Range(0, random.Next(30)).Select(_ => random.Next(1, 200))];
}
