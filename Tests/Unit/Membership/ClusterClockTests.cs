using AllData.Configuration;
using AllData.Intervals;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Clocks;
using AllData.Tests.Support;

namespace AllData.Tests.Unit.Membership;

/// <summary>What a silo may do when its clock and its peers' differ.</summary>
public sealed class ClusterClockTests
{
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly DateTimeOffset Noon = new(2026, 3, 5, 12, 0, 0, TimeSpan.Zero);
    private static readonly Interval Today = Interval.Containing(Noon.ToUnixTimeMilliseconds(), Day);
    private static readonly PeerId[] Others = [PeerId.Parse("a"), PeerId.Parse("b")];

    private readonly SteppedTime _time = new(Noon);
    private readonly ClusterClock _clock;

    public ClusterClockTests() => _clock = new ClusterClock(new AllDataOptions(), _time);

    [Fact]
    public void A_silo_whose_clock_is_far_ahead_issues_no_keys_and_names_both_times()
    {
        Agree();
        Set(TimeSpan.FromDays(3));

        Assert.Contains("says 2026-03-08T12:00:00Z", _clock.WhyNoKeys(), StringComparison.Ordinal);
        Assert.Contains("say 2026-03-05T12:00:00Z", _clock.WhyNoKeys(), StringComparison.Ordinal);
        var condition = Assert.Single(_clock.Conditions, c => c.Code == "clock-differs");
        Assert.Equal(("clock-differs", true), (condition.Code, condition.StopsPuts));

        Set(TimeSpan.FromDays(-3));
        Assert.Null(_clock.WhyNoKeys());
    }

    [Fact]
    public void A_silo_whose_clock_is_behind_issues_keys_as_long_as_they_are_open_for_the_others()
    {
        Agree();
        Set(TimeSpan.FromHours(-36));
        Assert.Null(_clock.WhyNoKeys());

        Set(TimeSpan.FromDays(-2));
        Assert.NotNull(_clock.WhyNoKeys());
    }

    [Fact]
    public void A_replica_whose_clock_is_wrong_goes_by_the_others()
    {
        Agree();
        Set(TimeSpan.FromDays(-30));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal((Noon + TimeSpan.FromSeconds(10)).ToUnixTimeMilliseconds(), _clock.UnixMilliseconds);
    }

    // The registry's grace period, the ends of intervals for repair, and audits go by it.
    [Fact]
    public void The_agreed_time_is_the_others_and_measures_with_the_own_monotonic_clock()
    {
        Agree();
        var began = _clock.Agreed.GetTimestamp();
        Set(TimeSpan.FromDays(-30));
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(Noon + TimeSpan.FromSeconds(10), _clock.Agreed.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(10), _clock.Agreed.GetElapsedTime(began));
    }

    [Fact]
    public void A_peer_whose_clock_differs_is_named_and_stops_no_put_here()
    {
        Agree(aheadOfB: TimeSpan.FromHours(1));

        var condition = Assert.Single(_clock.Conditions);

        Assert.Equal(("clock-differs", false), (condition.Code, condition.StopsPuts));
        Assert.Contains("peer 'b' 1:00:00 ahead", condition.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3_599_400, "0:59:59 ahead")]
    [InlineData(7_199_960, "2:00:00 ahead")]
    [InlineData((3 * 86_400_000) - 900, "3:0:00:00 ahead")]
    public void A_difference_is_told_as_nearly_as_it_is_known(long milliseconds, string told)
    {
        Agree(aheadOfB: TimeSpan.FromMilliseconds(milliseconds));

        Assert.Contains($"peer 'b' {told}", Assert.Single(_clock.Conditions).Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void An_interval_is_over_when_all_clocks_say_so()
    {
        _time.Advance(2 * Day + new MaintenanceOptions().CloseDelay - TimeSpan.FromHours(12) - TimeSpan.FromMilliseconds(1));
        Agree();
        Assert.NotNull(_clock.WhyNotOver(Today));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(_clock.WhyNotOver(Today));
    }

    [Fact]
    public void An_interval_is_not_over_while_the_silos_differ_or_its_events_arrive()
    {
        _time.Advance(3 * Day);
        Agree(aheadOfB: -2 * Day);
        Assert.Null(_clock.WhyNotOver(Today));

        _clock.Take([Sample("a", -2 * Day), Sample("b", -4 * Day)], Others);
        Assert.Contains("clocks", _clock.WhyNotOver(Today), StringComparison.Ordinal);

        Agree();
        _clock.OnFreshKey(Noon.ToUnixTimeMilliseconds());
        Assert.Contains("still arrive", _clock.WhyNotOver(Today), StringComparison.Ordinal);
        _time.Advance(new MaintenanceOptions().CloseDelay + TimeSpan.FromMilliseconds(1));
        Agree();
        Assert.Null(_clock.WhyNotOver(Today));
    }

    [Fact]
    public void After_a_jump_of_its_clock_a_silo_closes_nothing_until_the_clock_has_been_steady_for_long_and_says_so()
    {
        Set(3 * Day);

        Assert.NotNull(_clock.WhyNotOver(Today));
        var condition = Assert.Single(_clock.Conditions);
        Assert.Equal(("clock-jumped", false), (condition.Code, condition.StopsPuts));
        Assert.Contains("3:0:00:00 forwards", condition.Sentence, StringComparison.Ordinal);

        Set(-3 * Day);
        Assert.NotNull(_clock.WhyNotOver(Today.Previous.Previous.Previous));
        _time.Advance(new MaintenanceOptions().ClockTrust);
        Assert.Null(_clock.WhyNotOver(Today.Previous.Previous.Previous));
        Assert.Empty(_clock.Conditions);
    }

    [Fact]
    public void A_silo_that_is_alone_closes_nothing_until_it_has_seen_its_clock_run_for_long()
    {
        var old = Today.Previous.Previous.Previous;
        Assert.NotNull(_clock.WhyNotOver(old));

        _time.Advance(new MaintenanceOptions().ClockTrust);

        Assert.Null(_clock.WhyNotOver(old));
        Assert.Null(_clock.WhyNoKeys());
    }

    [Fact]
    public void Peers_that_no_longer_answer_are_not_forgotten_and_peers_that_have_left_are()
    {
        Agree();
        Set(3 * Day);
        _time.Advance(2 * new MaintenanceOptions().ClockTrust);
        _clock.Take([], Others);
        Assert.NotNull(_clock.WhyNotOver(Today));

        _clock.Take([], []);
        Assert.Null(_clock.WhyNotOver(Today));
    }

    private void Agree(TimeSpan aheadOfB = default) => _clock.Take([Sample("a", default), Sample("b", aheadOfB)], Others);

    private ClockSample Sample(string peer, TimeSpan ahead) => new(
        PeerId.Parse(peer), new ClockReading((_time.GetUtcNow() + ahead).ToUnixTimeMilliseconds(), 3_600_000), _clock.Monotonic, _clock.Monotonic);

    // The wall clock alone: the monotonic one stays.
    private void Set(TimeSpan by)
    {
        _time.Ahead += by;
        _clock.Observe();
    }
}
