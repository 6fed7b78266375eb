using AllData.Peers;
using AllData.Protocol.Clocks;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Which of several clocks are believed.</summary>
public sealed class ClockAgreementTests
{
    private const long Now = 1_000_000;
    private const long Hour = 3_600_000;
    private static readonly long Noon = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    [Fact]
    public void Without_another_clock_there_is_no_agreement() => Assert.Null(Judge(own: 0));

    [Fact]
    public void Clocks_that_lie_close_to_each_other_agree()
    {
        var verdict = Judge(own: 0, ("a", 20_000), ("b", -5_000))!;

        Assert.True(verdict.IncludesOwn);
        Assert.True(verdict.IsMajority);
        Assert.Empty(verdict.Others);
        Assert.Equal((Noon, Noon - 5_000), (verdict.Agreed, verdict.Earliest));
    }

    [Theory]
    [InlineData(72 * Hour)]
    [InlineData(-72 * Hour)]
    [InlineData(31_000)]
    public void A_clock_that_differs_from_the_majority_is_not_believed_not_even_ones_own(long own)
    {
        var verdict = Judge(own, ("a", 0), ("b", 0))!;

        Assert.False(verdict.IncludesOwn);
        Assert.True(verdict.IsMajority);
        Assert.Equal(Noon, verdict.Agreed);
    }

    [Fact]
    public void A_peer_whose_clock_differs_is_named_with_its_difference()
    {
        var verdict = Judge(own: 0, ("a", 0), ("b", -Hour))!;

        Assert.Equal([new ClockDifference(PeerId.Parse("b"), -Hour)], verdict.Others.AsEnumerable());
    }

    [Theory]
    [InlineData(2 * Hour, Hour, true)]
    [InlineData(Hour, 2 * Hour, false)]
    public void Of_two_clocks_the_one_that_has_run_steadily_for_longer_counts_and_neither_is_a_majority(long ownSteady, long otherSteady, bool own)
    {
        var verdict = ClockAgreement.Judge(new ClockReading(Noon, ownSteady), [Sample("a", 72 * Hour, steady: otherSteady)], Now)!;

        Assert.Equal((own, false), (verdict.IncludesOwn, verdict.IsMajority));
    }

    [Fact]
    public void A_sample_goes_on_with_the_monotonic_clock_and_counts_for_a_while()
    {
        var sample = Sample("a", 0);
        var verdict = ClockAgreement.Judge(new ClockReading(Noon + 50_000, 0), [sample], Now + 50_000)!;

        Assert.Equal((true, Noon + 50_000), (verdict.IncludesOwn, verdict.Agreed));
        Assert.Equal(Noon + 60_000, verdict.TimeAt(Now + 60_000));
        Assert.Null(ClockAgreement.Judge(new ClockReading(Noon, 0), [sample], Now + ClockAgreement.SampleAge + 1));
    }

    [Fact]
    public void An_answer_that_took_long_bounds_the_clock_only_that_closely()
    {
        var slow = new ClockSample(PeerId.Parse("a"), new ClockReading(Noon, 0), Now - 2_000, Now);

        Assert.Equal((Noon, Noon + 2_000), (slow.EarliestAt(Now), slow.LatestAt(Now)));
        var verdict = ClockAgreement.Judge(new ClockReading(Noon + 1_000, 0), [slow], Now)!;
        Assert.Equal(Noon, verdict.Earliest);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, 0)]
    [InlineData(0, -1)]
    [InlineData(0, long.MaxValue)]
    public void A_reading_that_is_no_time_is_not_taken(long time, long steady) => Assert.False(ClockAgreement.IsPossible(new ClockReading(time, steady)));

    [Fact]
    public void A_step_of_the_wall_clock_alone_is_a_jump_and_a_slow_drift_is_none()
    {
        var clock = new SteadyClock(Noon, 0);

        Assert.Equal(0, clock.Observe(Noon + 10_000, 9_000));
        Assert.Equal(0, clock.Observe(Noon + 2 * Hour + 20_000, 2 * Hour));
        Assert.Equal(0, clock.Observe(Noon + 4 * Hour + 40_000, 4 * Hour));
        Assert.Equal(4 * Hour, clock.SteadyAt(4 * Hour));

        Assert.Equal(-Hour, clock.Observe(Noon + 3 * Hour + 40_000, 4 * Hour));
        Assert.Equal((-Hour, 0L), (clock.LastJump, clock.SteadyAt(4 * Hour)));
        Assert.Equal(0, clock.Observe(Noon + 4 * Hour + 40_000, 5 * Hour));
    }

    [Fact]
    public void A_key_that_arrives_late_keeps_its_interval_and_those_after_it_open_for_a_while()
    {
        var late = new LateKeys(memory: 1_000);
        Assert.True(late.IsOver(end: 100, monotonic: 0));

        late.OnArrived(keyTime: 150, monotonic: 10);
        late.OnArrived(keyTime: 250, monotonic: 20);

        Assert.True(late.IsOver(end: 100, monotonic: 20));
        Assert.False(late.IsOver(end: 200, monotonic: 20));
        Assert.False(late.IsOver(end: 300, monotonic: 1_020));
        Assert.True(late.IsOver(end: 200, monotonic: 1_021));
        late.OnArrived(keyTime: 250, monotonic: 3_000);
        Assert.True(late.IsOver(end: 200, monotonic: 3_000));
    }

    private static ClockVerdict? Judge(long own, params (string Peer, long Ahead)[] others) =>
        ClockAgreement.Judge(new ClockReading(Noon + own, Hour), others.Select(o => Sample(o.Peer, o.Ahead)), Now);

    private static ClockSample Sample(string peer, long ahead, long steady = Hour) =>
        new(PeerId.Parse(peer), new ClockReading(Noon + ahead, steady), Now, Now);
}
