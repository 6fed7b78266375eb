using AllData.Sealing;
using Microsoft.Extensions.Time.Testing;

namespace AllData.Tests.Unit.Sealing;

/// <summary>Puts have the processor while an interval is read for its certificate, and it is read in time all the same.</summary>
public sealed class ReadingPaceTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_rest_is_three_times_as_long_as_the_reading_before_it()
    {
        var pace = new ReadingPace(TimeSpan.FromSeconds(1), _time);
        var rest = RestAfter(pace, 10);
        Assert.False(rest.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(29));
        Assert.False(rest.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await rest;

        // The rest is no reading; what is short comes together.
        Assert.True(RestAfter(pace, 3).IsCompleted);
        rest = RestAfter(pace, 3);
        _time.Advance(TimeSpan.FromMilliseconds(17));
        Assert.False(rest.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        await rest;
    }

    [Fact]
    public async Task When_the_rests_have_taken_as_long_as_they_may_it_is_read_without()
    {
        var pace = new ReadingPace(TimeSpan.FromMilliseconds(40), _time);
        var rest = RestAfter(pace, 10);
        _time.Advance(TimeSpan.FromMilliseconds(30));
        await rest;
        await RestAfter(pace, 10).WaitAsync(Bound);
        await RestAfter(pace, 10).WaitAsync(Bound);
    }

    private Task RestAfter(ReadingPace pace, int milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return pace.RestAsync(CancellationToken.None);
    }
}
