using AllData.Client.Loading;
using AllData.Client.Measuring;
using AllData.Events;

namespace AllData.Tests.Unit.Client;

public sealed class MeasuringTests
{
    [Fact]
    public void Percentiles_are_by_nearest_rank()
    {
        var samples = new LatencySamples(new Random(1));
        foreach (var n in Enumerable.Range(1, 1_000).Reverse())
        {
            samples.Add(TimeSpan.FromMilliseconds(n));
        }

        var summary = samples.Summarize();
        Assert.Equal(
            (1_000L, 500.0, 900.0, 990.0, 1_000.0),
            (summary.Count, summary.P50.TotalMilliseconds, summary.P90.TotalMilliseconds, summary.P99.TotalMilliseconds,
                summary.Longest.TotalMilliseconds));
    }

    [Fact]
    public void No_samples_are_all_zero() =>
        Assert.Equal(
            new LatencySummary(0, default, default, default, default), new LatencySamples(new Random(1)).Summarize());

    [Fact]
    public void Beyond_its_capacity_the_sample_stays_fair_and_the_longest_exact()
    {
        var samples = new LatencySamples(new Random(1));
        samples.Add(TimeSpan.FromHours(1));
        for (var i = 0; i < 3 * LatencySamples.Capacity; i++)
        {
            samples.Add(TimeSpan.FromMilliseconds(i < LatencySamples.Capacity ? 1 : 3));
        }

        var summary = samples.Summarize();
        Assert.Equal(((3L * LatencySamples.Capacity) + 1, TimeSpan.FromHours(1)), (summary.Count, summary.Longest));
        Assert.Equal(3, summary.P50.TotalMilliseconds);
    }

    [Theory]
    [InlineData(SizedEvent.MinBytes)]
    [InlineData(200)]
    [InlineData(100_000)]
    public void Events_have_their_size_are_json_and_differ(int size)
    {
        var events = new SizedEvent(size);
        var (first, second) = (events.Next(), events.Next());
        Assert.Equal((size, size), (first.Length, second.Length));
        Assert.Null(JsonCheck.FindFault(first.Bytes));
        Assert.NotEqual(first, second);
    }
}
