using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Numbers;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>The numbers that an incarnation gives to the blocks of an interval, and what it notes of them.</summary>
public sealed class IntervalNumbersTests
{
    private const int Incarnation = 7;

    private static readonly Interval Day = Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1));

    private readonly IntervalNumbers _numbers = new(Incarnation, Day.FirstMinute);
    private readonly NumberHistory _history = new();

    [Fact]
    public void Numbers_are_dense_from_0()
    {
        Assert.Equal([0L, 1L, 2L], new[] { _numbers.Issue(), _numbers.Issue(), _numbers.Issue() });
        Assert.Equal(3, _numbers.Issued);
    }

    [Fact]
    public void A_mark_leaves_open_what_is_under_way_and_does_not_wait_for_it()
    {
        Issue(5);
        Settle(0, 2, 4);
        _numbers.Abandon(3);
        Note();

        var report = Report();
        Assert.Equal((5L, "1", "3"), (report.Settled, $"{report.UnderWay}", $"{report.Abandoned}"));
        Assert.False(_numbers.HasNews);
    }

    [Fact]
    public void A_settled_number_is_never_abandoned_and_an_abandoned_one_is_noted_once()
    {
        Issue(2);
        _numbers.Settle(0);
        _numbers.Abandon(0);
        _numbers.Abandon(1);
        _numbers.Abandon(1);
        var news = Note();

        Assert.Equal("1", $"{Assert.Single(news.OfType<NumbersAbandoned>()).Numbers}");
        Issue(1);
        Assert.Empty(Note().OfType<NumbersAbandoned>());
        Assert.Equal("1", $"{Report().Abandoned}");
    }

    [Fact]
    public void What_happens_while_a_mark_is_written_is_noted_with_the_next_one()
    {
        Issue(2);
        _numbers.Abandon(0);
        var news = _numbers.News();
        _numbers.Abandon(1);
        Issue(1);
        Take(news);
        _numbers.OnNoted(news);

        Assert.Equal(("0", "1"), ($"{Report().Abandoned}", $"{Report().UnderWay}"));
        Assert.True(_numbers.HasNews);
        Note();
        Assert.Equal(("0-1", "2", 3L), ($"{Report().Abandoned}", $"{Report().UnderWay}", Report().Settled));
    }

    [Fact]
    public void A_mark_is_due_long_before_a_crash_would_leave_more_open_than_is_granted()
    {
        Issue(IntervalNumbers.Window / 2);
        Assert.True(_numbers.IsMarkDue);
        Note();
        Assert.False(_numbers.IsMarkDue);
        Issue((IntervalNumbers.Window / 2) - 1);
        Assert.False(_numbers.IsMarkDue);
    }

    [Fact]
    public void Where_very_many_hang_the_mark_stays_where_it_leaves_as_many_open_as_are_granted()
    {
        Issue(IntervalNumbers.MostUnderWay + 10);
        _numbers.Settle(3);
        Note();

        var report = Report();
        Assert.Equal((IntervalNumbers.MostUnderWay + 1L, (long)IntervalNumbers.MostUnderWay), (report.Settled, report.UnderWay.Count));
        Assert.False(_numbers.IsMarkWhole);
        Assert.False(_numbers.HasNews);

        Settle([.. Enumerable.Range(0, 20).Select(static n => (long)n)]);
        Assert.True(_numbers.IsMarkWhole);
        Note();
        Assert.Equal(_numbers.Issued, Report().Settled);
    }

    [Fact]
    public void A_report_tells_the_running_incarnation_from_one_that_was_killed_and_one_that_has_ended()
    {
        Take([new IncarnationBegan(5), new NumbersSettled(5, Day.FirstMinute, 4, NumberRanges.None), new IncarnationEnded(5)]);
        Take([new IncarnationBegan(6), new NumbersSettled(6, Day.FirstMinute, 9, NumberRanges.None), new IncarnationBegan(Incarnation)]);
        Issue(3);

        var reports = _history.Report(1, Day, Incarnation, _numbers.Issued);
        Assert.Equal(
            [(5, 4L, 4L, true), (6, -1L, 9L, false), (Incarnation, 3L, 0L, false)],
            reports.Select(static r => (r.Incarnation, r.Issued, r.Settled, r.Ended)));
        Assert.Equal([6, Incarnation], _history.Report(1, Day.Next, Incarnation, 0).Select(static r => r.Incarnation));
    }

    [Fact]
    public void The_fewest_records_say_the_same_as_all_of_them()
    {
        var random = new Random(2);
        for (var round = 0; round < 50; round++)
        {
            Issue(random.Next(10));
            for (var i = 0; i < 5 && _numbers.Issued > 0; i++)
            {
                (random.Next(2) == 0 ? (Action<long>)_numbers.Settle : _numbers.Abandon)(random.NextInt64(_numbers.Issued));
            }

            Note();
        }

        var shorter = new NumberHistory();
        _history.ToRecords().ToList().ForEach(shorter.Take);
        Assert.Equal(3, _history.ToRecords().Count());
        Assert.Equal(_history.Report(1, Day, -1, 0).AsEnumerable(), shorter.Report(1, Day, -1, 0).AsEnumerable());
    }

    private void Issue(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _numbers.Issue();
        }
    }

    private void Settle(params long[] numbers) => Array.ForEach(numbers, _numbers.Settle);

    private IReadOnlyList<NumberRecord> Note()
    {
        var news = _numbers.News();
        Take(news);
        _numbers.OnNoted(news);
        return news;
    }

    private void Take(IReadOnlyList<NumberRecord> records)
    {
        foreach (var record in records)
        {
            _history.Take(record);
        }
    }

    private NumberReport Report() => _history.Report(1, Day, -1, 0).Single(static r => r.Incarnation == Incarnation);
}
