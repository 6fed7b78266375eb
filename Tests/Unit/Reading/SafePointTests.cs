using AllData.Events;
using AllData.Peers;
using AllData.Reading;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Reading;

/// <summary>Up to where a scan says that nothing can still appear.</summary>
public sealed class SafePointTests
{
    private static readonly EventKey Low = TestBlocks.Key(1_000, 7);
    private static readonly EventKey High = TestBlocks.Key(2_000, 7, ordinal: 2);

    [Fact]
    public async Task The_smallest_of_all_watermarks_counts()
    {
        await using var bench = await ScanBench.StartAsync(Telling("a", High), Telling("b", Low), Telling("c", High));
        bench.Time.SetUtcNow(High.Timestamp.AddMinutes(1));

        Assert.Equal(Low, (await bench.ScanAsync()).UnsafeFrom);
    }

    [Fact]
    public async Task A_coordinator_that_falls_silent_counts_with_what_it_has_confirmed_last_and_one_that_never_spoke_makes_nothing_safe()
    {
        var (a, b) = (Telling("a", High), Telling("b", Low));
        await using var bench = await ScanBench.StartAsync(a, b);
        bench.Time.SetUtcNow(High.Timestamp.AddMinutes(1));
        await bench.ScanAsync();
        b.Watermark = static () => throw new TimeoutException("It does not answer.");
        a.Watermark = static () => Task.FromResult(TestBlocks.Key(9_000));

        Assert.Equal(Low, (await bench.ScanAsync()).UnsafeFrom);

        await using var another = await ScanBench.StartAsync(Telling("a", High), new FakePeer("b"));
        Assert.Null((await another.ScanAsync()).UnsafeFrom);
    }

    [Fact]
    public async Task A_silo_that_joins_while_the_others_are_asked_is_asked_too()
    {
        var (a, b) = (Telling("a", High), Telling("b", Low));
        await using var bench = await ScanBench.StartAsync(a, b);
        bench.Time.SetUtcNow(High.Timestamp.AddMinutes(1));
        bench.Registry = () => Task.FromResult(bench.TopologyOf(2, 1));
        bench.Tell(2, 1);
        a.Watermark = () =>
        {
            bench.Registry = () => Task.FromResult(bench.TopologyOf(3, 2));
            return Task.FromResult(High);
        };

        Assert.Equal(Low, (await bench.ScanAsync()).UnsafeFrom);
    }

    [Fact]
    public async Task Watermarks_are_asked_before_the_buckets()
    {
        var peer = Telling("a", High);
        var isSurveyed = false;
        peer.BeforeBuckets = _ => Task.FromResult(isSurveyed = true);
        peer.Watermark = () => isSurveyed ? throw new InvalidOperationException("Too late.") : Task.FromResult(Low);
        await using var bench = await ScanBench.StartAsync(peer);
        bench.Time.SetUtcNow(High.Timestamp.AddMinutes(1));

        Assert.Equal(Low, (await bench.ScanAsync()).UnsafeFrom);
    }

    [Fact]
    public async Task Without_the_registrys_word_nothing_is_safe()
    {
        await using var bench = await ScanBench.StartAsync(Telling("a", High));
        bench.Registry = static () => throw new TimeoutException("It is away.");

        Assert.Null((await bench.ScanAsync()).UnsafeFrom);
    }

    [Fact]
    public void It_lies_before_what_may_still_appear_before_a_doubt_within_the_range_and_not_beyond_a_limit()
    {
        var doubt = new ScanDoubt(TestBlocks.Key(500), TestBlocks.Key(900), PeerId.Parse("p"), "It is away.");

        Assert.Equal(TestBlocks.Key(1_000, 6), SafePoint.Of(ScanRange.All, Low, [], limitedAt: null));
        Assert.Equal(TestBlocks.Key(500).GetPredecessor(), SafePoint.Of(ScanRange.All, Low, [doubt], limitedAt: null));
        Assert.Equal(TestBlocks.Key(700).GetPredecessor(), SafePoint.Of(new ScanRange { To = TestBlocks.Key(700) }, Low, [], limitedAt: null));
        Assert.Equal(TestBlocks.Key(300), SafePoint.Of(ScanRange.All, Low, [], limitedAt: TestBlocks.Key(300)));
        Assert.Equal(TestBlocks.Key(1_000, 6), SafePoint.Of(ScanRange.All, Low, [], limitedAt: High));
    }

    [Fact]
    public void It_is_nothing_when_no_key_of_the_range_is_safe_or_nothing_is_known()
    {
        Assert.Null(SafePoint.Of(ScanRange.All, null, [], limitedAt: null));
        Assert.Null(SafePoint.Of(new ScanRange { From = Low }, Low, [], limitedAt: null));
        Assert.Null(SafePoint.Of(new ScanRange { After = Low.GetPredecessor() }, Low, [], limitedAt: null));
        Assert.Equal(Low, SafePoint.Of(new ScanRange { From = Low }, Low.GetSuccessor(), [], limitedAt: null));
    }

    private static FakePeer Telling(string name, EventKey watermark) => new(name) { Watermark = () => Task.FromResult(watermark) };
}
