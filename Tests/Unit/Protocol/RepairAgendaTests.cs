using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Repair;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

public sealed class RepairAgendaTests
{
    private const long Minute = UnixMinute.Milliseconds;
    private const long Settle = 15_000;
    private const long Sweep = 3_600_000;

    private static readonly UnixMinute Start = new(30_000_000);
    private static readonly ChangeCursor Cursor = new(Guid.Parse("6d1f4a5e-0000-4000-8000-000000000001"), 7);

    private readonly RepairAgenda _agenda = new(Settle, Sweep);
    private long _now = Start.StartUnixMilliseconds + 30_000;

    [Fact]
    public void Everything_is_compared_first_the_newest_before_the_oldest_and_what_may_be_on_its_way_once_more_when_it_has_come_to_rest()
    {
        Assert.True(_agenda.IsSweepDue(_now));
        _agenda.BeginSweep(Start - 100, _now);

        Assert.Equal(new MinuteRange(Start + 1, Start + 1 + RepairAgenda.MinutesBeyond), _agenda.Take(_now));
        Assert.Equal(new MinuteRange(Start - 59, Start + 1), _agenda.Take(_now));
        Assert.False(_agenda.HasSwept);
        Assert.Equal(new MinuteRange(Start - 100, Start - 59), _agenda.Take(_now));
        Assert.Null(_agenda.Take(_now));
        Assert.True(_agenda.HasSwept);
        Assert.True(_agenda.IsIdle);

        _now += Settle;
        Assert.Equal(new MinuteRange(Start, Start + 1), _agenda.Take(_now));
        Assert.Null(_agenda.Take(_now));
        Assert.False(_agenda.IsSweepDue(_now));
        Assert.True(_agenda.IsSweepDue(_now + Sweep));
    }

    [Fact]
    public void A_changed_minute_is_compared_once_when_it_has_been_at_rest()
    {
        SweepNothing();
        Change(Start);
        for (var i = 0; i < 10; i++)
        {
            _now += Settle / 3;
            Change(Start);
            Assert.Null(_agenda.Take(_now));
        }

        _now += Settle;
        Assert.Equal(new MinuteRange(Start, Start + 1), _agenda.Take(_now));
        Assert.Null(_agenda.Take(_now + Sweep - Settle));
    }

    [Fact]
    public void A_minute_that_never_comes_to_rest_is_compared_all_the_same()
    {
        SweepNothing();
        var first = _now;
        while (_now < first + Minute + (4 * Settle))
        {
            Change(Start);
            Assert.Null(_agenda.Take(_now));
            _now += 1_000;
        }

        Change(Start);
        Assert.Equal(new MinuteRange(Start, Start + 1), _agenda.Take(_now));
    }

    [Fact]
    public void A_minute_that_changes_again_is_compared_again()
    {
        SweepNothing();
        Change(Start - 50);
        _now += Settle;
        Assert.Equal(new MinuteRange(Start - 50, Start - 49), _agenda.Take(_now));
        Change(Start - 50);
        _now += Settle;
        Assert.Equal(new MinuteRange(Start - 50, Start - 49), _agenda.Take(_now));
    }

    [Fact]
    public void What_was_not_compared_is_taken_next()
    {
        SweepNothing();
        _agenda.PutBack(new MinuteRange(new(5), new(5)));
        Assert.Null(_agenda.Take(_now));
        _agenda.PutBack(new MinuteRange(new(5), new(9)));
        Assert.False(_agenda.IsIdle);
        Assert.Equal(new MinuteRange(new(5), new(9)), _agenda.Take(_now));
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, RepairAgenda.MaxChangedMinutes + 1)]
    public void Changes_that_are_not_known_singly_mean_comparing_everything(bool isComplete, int minutes)
    {
        SweepNothing();
        Assert.False(_agenda.IsSweepDue(_now));
        _agenda.OnChanges(new BucketChanges(Cursor, isComplete, [.. Enumerable.Range(0, minutes).Select(i => Start - i).Order()]), _now);
        Assert.True(_agenda.IsSweepDue(_now));
        Assert.False(_agenda.HasSwept);
        Assert.Equal(Cursor, _agenda.Cursor);
    }

    [Fact]
    public void A_minute_of_which_not_all_could_be_taken_is_compared_again_after_a_rest_and_nothing_is_idle_until_then()
    {
        SweepNothing();
        _agenda.OnUnfinished(Start - 5, _now);
        Assert.Null(_agenda.Take(_now + Minute));
        Assert.False(_agenda.IsIdle);
        Assert.Equal(new MinuteRange(Start - 5, Start - 4), _agenda.Take(_now + Minute + Settle));
        _agenda.OnFinished(new MinuteRange(Start - 5, Start - 4));
        Assert.Null(_agenda.Take(_now + Minute + Settle));
        Assert.True(_agenda.IsIdle);
    }

    [Fact]
    public void Minutes_that_change_all_the_time_do_not_keep_a_comparison_of_everything_waiting()
    {
        _agenda.OnChanges(new BucketChanges(Cursor, true, [.. Enumerable.Range(0, 1_000).Select(i => Start - 5_000 + i)]), _now - Minute);
        _agenda.BeginSweep(Start - 100, _now);
        var ranges = Enumerable.Range(0, 6).Select(_ => _agenda.Take(_now)!.Value).ToList();
        Assert.Contains(new MinuteRange(Start - 100, Start - 59), ranges);
        Assert.Contains(new MinuteRange(Start - 5_000, Start - 4_940), ranges);
    }

    [Fact]
    public void With_somebody_who_holds_nothing_everything_has_been_compared_at_once()
    {
        _agenda.BeginSweep(null, _now);
        Assert.True(_agenda.HasSwept);
        Assert.Null(_agenda.Take(_now));
    }

    [Fact]
    public void Changed_minutes_that_lie_close_together_are_one_question_and_a_minute_that_still_changes_is_not_passed_over()
    {
        SweepNothing();
        Change(Start - 100, Start - 99, Start - 95, Start - 84, Start - 30, Start - 29, Start - 27);
        _now += Settle;
        Change(Start - 29);
        Assert.Equal(new MinuteRange(Start - 100, Start - 94), _agenda.Take(_now));
        Assert.Equal(new MinuteRange(Start - 84, Start - 83), _agenda.Take(_now));
        Assert.Equal(new MinuteRange(Start - 30, Start - 29), _agenda.Take(_now));
        Assert.Equal(new MinuteRange(Start - 27, Start - 26), _agenda.Take(_now));
        Assert.Null(_agenda.Take(_now));
        _now += Settle;
        Assert.Equal(new MinuteRange(Start - 29, Start - 28), _agenda.Take(_now));
    }

    [Fact]
    public void What_is_left_to_another_peer_is_looked_at_again_and_again_until_it_is_there_and_nothing_is_idle_until_then()
    {
        SweepNothing();
        var range = new MinuteRange(Start - 9, Start - 4);
        _agenda.OnPostponed(range, [Start - 9, Start - 7], _now);
        Assert.Null(_agenda.Take(_now));
        Assert.False(_agenda.IsIdle);
        Assert.Equal(2, _agenda.WaitingMinutes);

        _now += Settle;
        Assert.Equal(new MinuteRange(Start - 9, Start - 6), _agenda.Take(_now));
        Assert.Null(_agenda.Take(_now));
        _agenda.OnPostponed(range, [Start - 7], _now);
        _now += Settle;
        Assert.Equal(new MinuteRange(Start - 7, Start - 6), _agenda.Take(_now));
        _agenda.OnPostponed(range, [], _now);
        Assert.Null(_agenda.Take(_now + Settle));
        Assert.True(_agenda.IsIdle);
    }

    [Fact]
    public void A_minute_is_left_to_another_peer_for_a_bounded_time_however_often_it_was_looked_at()
    {
        var (range, end) = (new MinuteRange(Start - 9, Start - 8), _now + PostponedMinutes.Longest);
        for (; _now < end; _now += Settle)
        {
            Assert.False(_agenda.IsOverdue(Start - 9, _now));
            _agenda.OnPostponed(range, [Start - 9], _now);
        }

        Assert.True(_agenda.IsOverdue(Start - 9, _now));
        Assert.False(_agenda.IsOverdue(Start - 8, _now));
    }

    [Fact]
    public void A_comparison_of_everything_pauses_while_too_much_of_it_is_left_to_other_peers()
    {
        _agenda.BeginSweep(Start - 200, _now);
        _ = _agenda.Take(_now);
        var many = Enumerable.Range(0, PostponedMinutes.Most).Select(i => Start - 5_000 + i).ToList();
        _agenda.OnPostponed(new MinuteRange(many[0], many[^1].Next()), many, _now);
        Assert.Null(_agenda.Take(_now));
        Assert.True(_agenda.IsSweeping);
        _agenda.OnPostponed(new MinuteRange(many[0], many[^1].Next()), [], _now);
        Assert.Equal(new MinuteRange(Start - 59, Start + 1), _agenda.Take(_now));
    }

    private void SweepNothing()
    {
        _agenda.BeginSweep(null, _now);
        _now += Minute;
        while (_agenda.Take(_now) is not null)
        {
        }
    }

    private void Change(params ReadOnlySpan<UnixMinute> minutes) =>
        _agenda.OnChanges(new BucketChanges(Cursor, IsComplete: true, minutes.ToImmutableArray()), _now);
}
