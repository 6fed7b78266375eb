using AllData.Protocol.Links;
using AllData.Reports;

namespace AllData.Tests.Unit.Protocol;

/// <summary>When puts plan with another cluster, by the answers that come from it.</summary>
public sealed class LinkMonitorTests
{
    private readonly LinkMonitor _link = new(now: 0);

    [Fact]
    public void Until_the_first_answer_a_link_is_cut_off_and_then_it_is_up_at_once()
    {
        Assert.Equal((LinkState.CutOff, false), (_link.State, _link.CarriesPuts));
        _link.OnMissed(2_000);
        Assert.Equal(LinkState.CutOff, _link.State);

        _link.OnAnswer(3_000, 900);
        Assert.Equal((LinkState.Up, 3_000L, true), (_link.State, _link.Since, _link.CarriesPuts));
    }

    [Fact]
    public void One_missed_answer_is_a_doubt_and_two_cut_it_off()
    {
        Up();

        _link.OnMissed(10_000);
        Assert.Equal((LinkState.Doubtful, true), (_link.State, _link.CarriesPuts));
        _link.OnAnswer(10_100, 5);
        Assert.Equal(LinkState.Up, _link.State);

        _link.OnMissed(11_000);
        _link.OnMissed(11_200);
        Assert.Equal((LinkState.CutOff, 11_200L, false), (_link.State, _link.Since, _link.CarriesPuts));
    }

    [Fact]
    public void After_an_outage_answers_must_come_for_a_while_and_one_that_is_missing_cuts_it_off_again()
    {
        CutOff(10_000);

        _link.OnAnswer(20_000, 5);
        Assert.Equal((LinkState.Healing, false), (_link.State, _link.CarriesPuts));
        _link.OnMissed(20_500);
        Assert.Equal(LinkState.CutOff, _link.State);

        _link.OnAnswer(30_000, 5);
        _link.OnAnswer(30_000 + HealingAfterFlaps(1) - 1, 5);
        Assert.Equal(LinkState.Healing, _link.State);
        _link.OnAnswer(30_000 + HealingAfterFlaps(1), 5);
        Assert.Equal(LinkState.Up, _link.State);
    }

    [Fact]
    public void A_link_that_comes_and_goes_must_prove_itself_for_longer_each_time_up_to_a_minute()
    {
        var now = 1_000L;
        Up();
        for (var flap = 1; flap <= 10; flap++)
        {
            now = CutOff(now);
            Assert.Equal(HealingAfterFlaps(flap), HealAndMeasure(ref now));
        }
    }

    [Fact]
    public void A_link_that_has_been_up_for_long_is_trusted_again_as_at_first()
    {
        Up();
        var now = CutOff(1_000);
        HealAndMeasure(ref now);

        now = CutOff(now + LinkMonitor.LongestHealing);
        Assert.Equal(LinkMonitor.FirstHealing, HealAndMeasure(ref now));
    }

    [Fact]
    public void The_wait_for_an_answer_follows_the_link_within_its_bounds()
    {
        Assert.Equal(LinkMonitor.LongestDeadline, _link.Deadline);
        Answer(50, 1);
        Assert.Equal(LinkMonitor.ShortestDeadline, _link.Deadline);
        Answer(50, 150);
        Assert.InRange(_link.Deadline, 600, 700);
        Answer(50, 5_000);
        Assert.Equal(LinkMonitor.LongestDeadline, _link.Deadline);
    }

    [Fact]
    public void After_a_slow_answer_or_a_missing_one_the_wait_is_longer_until_answers_have_been_fast_for_a_while()
    {
        Answer(50, 1);
        _link.OnAnswer(0, 400);
        Answer(LinkMonitor.Window - 1, 1);
        Assert.Equal(800, _link.Deadline);
        Answer(LinkMonitor.Window + 1, 1);
        Assert.Equal(LinkMonitor.ShortestDeadline, _link.Deadline);

        _link.OnMissed(0);
        Assert.Equal(2 * LinkMonitor.ShortestDeadline, _link.Deadline);
        for (var i = 0; i < 100; i++)
        {
            _link.OnMissed(0);
        }

        Assert.Equal(LinkMonitor.LongestDeadline, _link.Deadline);
        _link.OnAnswer(0, 1);
        Assert.Equal(LinkMonitor.ShortestDeadline, _link.Deadline);
    }

    private static long HealingAfterFlaps(int flaps) =>
        Math.Min(LinkMonitor.FirstHealing << flaps, LinkMonitor.LongestHealing);

    private void Up() => _link.OnAnswer(0, 5);

    private void Answer(int count, long took)
    {
        for (var i = 0; i < count; i++)
        {
            _link.OnAnswer(0, took);
        }
    }

    private long CutOff(long now)
    {
        _link.OnAnswer(now, 5);
        _link.OnMissed(now);
        _link.OnMissed(now);
        return now;
    }

    private long HealAndMeasure(ref long now)
    {
        var began = now;
        _link.OnAnswer(now, 5);
        while (_link.State == LinkState.Healing)
        {
            _link.OnAnswer(now += 100, 5);
        }

        return now - began;
    }
}
