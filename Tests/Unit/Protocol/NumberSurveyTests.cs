using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;

namespace AllData.Tests.Unit.Protocol;

/// <summary>Which numbers are missing, by what coordinators report and what is held.</summary>
public sealed class NumberSurveyTests
{
    private const int Window = IntervalNumbers.Window;

    private static readonly Interval Day = Interval.Containing(1_767_614_400_000, TimeSpan.FromDays(1));

    private readonly List<NumberReport> _reports = [];
    private readonly HeldNumbers _held = new(Day.FirstMinute);

    [Fact]
    public void Every_number_that_is_held_or_abandoned_is_explained()
    {
        Report(issued: 5, settled: 5, abandoned: [2]);
        Hold(0, 1, 3, 4);

        var one = Survey();
        Assert.Equal((5L, true, "2"), (one.End, one.IsWhole, $"{one.Abandoned}"));
    }

    [Fact]
    public void A_number_that_is_neither_held_nor_abandoned_is_missing_also_behind_the_last_that_is_held()
    {
        Report(issued: 5, settled: 5, ended: true);
        Hold(0, 2, 3);

        Assert.Equal("1 4", $"{Survey().Missing}");
    }

    [Fact]
    public void The_blocks_of_another_clusters_coordinators_do_not_count_numbered_or_not()
    {
        var held = new HeldNumbers(Day.FirstMinute, static ordinal => ordinal < 600);
        foreach (var ordinal in new[] { 1, 600 })
        {
            held.Add(BlockId.Of(ordinal, 2, Day.FirstMinute, 0));
            held.Add(new BlockId(ordinal, 2, 7));
        }

        Assert.Equal([(1, 2)], held.Incarnations);
        Assert.Equal(1, held.Unnumbered);
    }

    [Fact]
    public void What_is_under_way_at_a_running_coordinator_is_to_be_asked_about_again_and_is_no_loss()
    {
        Report(issued: 7, settled: 5, underWay: [1, 3]);
        Hold(0, 2, 3, 4);

        var one = Survey();
        Assert.Equal(("1 5-6", "", false), ($"{one.UnderWay}", $"{one.Missing}", one.IsWhole));
    }

    [Fact]
    public void What_was_in_flight_at_a_crash_is_listed_and_spoils_nothing()
    {
        Report(issued: -1, settled: 5, underWay: [1], abandoned: [9]);
        Hold(0, 2, 3, 4, 6, 10);

        var one = Survey();
        Assert.Equal(("1 5 7-8", "", "9", true), ($"{one.InFlightAtCrash}", $"{one.Missing}", $"{one.Abandoned}", one.IsWhole));
    }

    [Fact]
    public void Below_the_mark_of_a_killed_coordinator_a_number_is_missing()
    {
        Report(issued: -1, settled: 5);
        Hold(0, 1, 2, 4, 5);

        Assert.Equal(("3", ""), ($"{Survey().Missing}", $"{Survey().InFlightAtCrash}"));
    }

    [Fact]
    public void A_crash_explains_so_many_numbers_above_the_mark_and_none_where_the_coordinator_has_gone_on_further()
    {
        Report(issued: -1, settled: 5, underWay: [1]);
        Hold(0, 2, 3, 4, 5 + Window - 1);
        Assert.Equal(Window, Survey().InFlightAtCrash.Count);

        Hold(5 + Window);
        Assert.Equal((0L, (long)Window, false), (Survey().InFlightAtCrash.Count, Survey().Missing.Count, Survey().IsReported));
    }

    [Fact]
    public void A_directory_that_does_not_know_a_later_incarnation_of_its_own_comes_from_a_backup_and_explains_nothing_by_a_crash()
    {
        Report(issued: -1, settled: 5, underWay: [1]);
        Hold(0, 2, 3, 4, 6);
        Assert.Equal(("1 5", true), ($"{Survey().InFlightAtCrash}", Survey().IsReported));

        _held.Add(BlockId.Of(1, 5, Day.FirstMinute, 0));
        Assert.Equal(("", "1 5", false), ($"{Survey().InFlightAtCrash}", $"{Survey().Missing}", Survey().IsReported));
    }

    [Fact]
    public void An_incarnation_from_before_the_journal_does_not_make_it_stale()
    {
        Report(issued: -1, settled: 5, underWay: [1]);
        Hold(0, 2, 3, 4);
        _held.Add(BlockId.Of(1, 3, Day.FirstMinute, 1));

        var survey = NumberSurvey.Of([1], [1], _reports, _held);
        Assert.Equal([(3, "0", false), (4, "", true)], survey.Coordinators.Select(static c => (c.Incarnation, $"{c.Missing}", c.IsReported)));
    }

    [Fact]
    public void Of_a_coordinator_of_which_nothing_is_known_all_that_is_not_held_below_the_highest_is_missing()
    {
        Hold(1, 2, 4);

        var one = Survey();
        Assert.Equal((5L, "0 3", false), (one.End, $"{one.Missing}", one.IsReported));
    }

    [Fact]
    public void A_goodbye_that_is_older_than_what_is_held_explains_nothing_beyond_it()
    {
        Report(issued: 2, settled: 2, ended: true);
        Hold(0, 1, 4);

        Assert.Equal(("2-3", false), ($"{Survey().Missing}", Survey().IsReported));
    }

    [Fact]
    public void An_abandoned_number_that_is_held_is_told()
    {
        Report(issued: 3, settled: 3, abandoned: [1, 2]);
        Hold(0, 1);

        var one = Survey();
        Assert.Equal(("1", "2", false), ($"{one.WronglyAbandoned}", $"{one.Abandoned}", one.IsWhole));
    }

    [Fact]
    public void A_directory_that_does_not_answer_is_named_and_blocks_without_numbers_are_counted_once()
    {
        _held.Add(new BlockId(1, 2, 77));
        _held.Add(new BlockId(1, 2, 77));
        _held.Add(BlockId.Of(1, 2, Day.Next.FirstMinute, 0));

        Report(issued: 0, settled: 0);
        var survey = NumberSurvey.Of([3, 1, 2], [1, 2], _reports, _held);

        // That of 2 has answered with nothing of its own: another directory is open there.
        Assert.Equal([2, 3], survey.Unanswered.AsEnumerable());
        Assert.Equal((2, false), (survey.Unnumbered, survey.IsWhole));
        Assert.Empty(survey.Coordinators);
        Assert.True(NumberSurvey.Of([1], [1], _reports, new HeldNumbers(Day.FirstMinute)).IsWhole);
    }

    [Fact]
    public void Held_numbers_may_come_in_any_order_and_more_than_once()
    {
        var random = new Random(3);
        for (var round = 0; round < 100; round++)
        {
            var held = new HeldNumbers(Day.FirstMinute);
            var drawn = Enumerable.Range(0, 40).Select(_ => random.NextInt64(30)).ToList();
            drawn.ForEach(number => held.Add(BlockId.Of(1, 4, Day.FirstMinute, number)));
            Assert.Equal(NumberRanges.Of(drawn), held.Of(1, 4));
        }
    }

    [Fact]
    public void An_id_says_whether_and_where_its_block_is_numbered()
    {
        var id = BlockId.Of(3, 4, Day.FirstMinute, BlockId.MaxNumber);
        Assert.Equal((true, Day.FirstMinute, BlockId.MaxNumber), (id.IsNumbered, id.IntervalStart, id.Number));
        Assert.True(id.IsPossible);
        Assert.False(new BlockId(3, 4, BlockId.MaxNumber).IsNumbered);
    }

    private void Report(long issued, long settled, long[]? underWay = null, long[]? abandoned = null, bool ended = false) => _reports.Add(new NumberReport(
        1, 4, Day, issued, settled, NumberRanges.Of(underWay ?? []), NumberRanges.Of(abandoned ?? []), ended));

    private void Hold(params long[] numbers) => Array.ForEach(numbers, number => _held.Add(BlockId.Of(1, 4, Day.FirstMinute, number)));

    private CoordinatorNumbers Survey() => NumberSurvey.Of([1], [1], _reports, _held).Coordinators.Single(static c => c.Incarnation == 4);
}
