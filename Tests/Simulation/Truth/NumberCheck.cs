using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Simulation.Invariants;
using AllData.Simulation.Running;

namespace AllData.Simulation.Truth;

/// <summary>
/// Surveys the numbers of all blocks at the end of a run, as if every process was killed then, and again as if blocks were lost by all their holders.
/// </summary>
internal sealed class NumberCheck(World world)
{
    /// <summary>Numbers that were explained by a crash.</summary>
    public long InFlightAtCrash { get; private set; }

    /// <summary>Numbers that nothing explains.</summary>
    public long Missing { get; private set; }

    /// <summary>Requires that nothing is explained that should not be.</summary>
    public void Judge()
    {
        var blocks = world.Census.Blocks.Where(static b => b.Block.Header.Id.IsNumbered).ToLookup(static b => b.Block.Header.Id.IntervalStart);
        foreach (var start in blocks.Select(static ofInterval => ofInterval.Key).Order())
        {
            var all = blocks[start].ToDictionary(static block => block.Block.Header.Id);
            var held = all.Where(static one => one.Value.Holders.Count > 0).Select(static one => one.Key).ToList();
            Judge(start, Survey(start, held), all);
            JudgeLoss(start, held);
        }
    }

    private void Judge(UnixMinute start, NumberSurvey survey, Dictionary<BlockId, BlockTruth> all)
    {
        foreach (var one in survey.Coordinators)
        {
            InFlightAtCrash += one.InFlightAtCrash.Count;
            Missing += one.Missing.Count;
            Require(one.WronglyAbandoned.IsEmpty, one, $"{one.WronglyAbandoned} are held and were abandoned");
            Require(one.InFlightAtCrash.Count <= IntervalNumbers.Window + IntervalNumbers.MostUnderWay, one, $"{one.InFlightAtCrash} are explained by a crash");
            foreach (var number in NumbersOf(one.Missing).Where(_ => one.IsReported && !IsFromBackup(one.Ordinal) && !world.Settings.RestoresRegistry))
            {
                // A call has failed, and whether the peer has stored it was not known. With a registry that was put back, a number may be missing that was sent
                // to no peer: that says less than is known, and never more.
                Require(all.ContainsKey(BlockId.Of(one.Ordinal, one.Incarnation, start, number)), one, $"{number} is missing, and was never sent to any peer");
            }
        }
    }

    // One block of each coordinator, of those that it had noted as settled.
    private void JudgeLoss(UnixMinute start, List<BlockId> held)
    {
        var lost = held.Where(id => world.Invariants.Numbers.SettledOf(id.Ordinal, id.Incarnation, start).Contains(id.Number))
            .GroupBy(static id => (id.Ordinal, id.Incarnation)).Select(of => of.OrderBy(static id => id.Number).ElementAt(of.Count() / 2)).ToHashSet();
        var survey = Survey(start, held.Where(id => !lost.Contains(id)));
        foreach (var id in lost)
        {
            var one = survey.Coordinators.SingleOrDefault(c => (c.Ordinal, c.Incarnation) == (id.Ordinal, id.Incarnation));
            var isLast = !held.Exists(other => (other.Ordinal, other.Incarnation) == (id.Ordinal, id.Incarnation) && other.Number > id.Number);

            // What is beyond the journal of a backup, or of a directory that is gone, is known by later blocks alone.
            var isUnknown = IsFromBackup(id.Ordinal) || (isLast && one is not { IsReported: true });
            world.Invariants.Require(NumbersAreTrue.Name, isUnknown || one?.Missing.Contains(id.Number) == true, () =>
                $"block {id} was settled and is lost, and the survey says {one}: in flight {one?.InFlightAtCrash}, abandoned {one?.Abandoned}.");
        }
    }

    private NumberSurvey Survey(UnixMinute start, IEnumerable<BlockId> held)
    {
        var (interval, numbers) = (Interval.Containing(start, world.Settings.IntervalLength), new HeldNumbers(start));
        foreach (var id in held)
        {
            numbers.Add(id);
        }

        return NumberSurvey.Of([], [], world.Machines.Where(static m => !m.Disk.IsGone && m.Disk.Ordinal > 0).SelectMany(machine =>
        {
            var history = new NumberHistory(start);
            machine.Disk.Numbers.ForEach(history.Take);
            return history.Report(machine.Disk.Ordinal, interval, present: -1, issued: 0);
        }), numbers);
    }

    private bool IsFromBackup(int ordinal) => world.Machines.Any(m => m.Disk.Ordinal == ordinal && m.Disk.WasRestored);

    private void Require(bool holds, CoordinatorNumbers one, string message) =>
        world.Invariants.Require(NumbersAreTrue.Name, holds, () => $"of coordinator {one.Ordinal}.{one.Incarnation}, numbers {message}.");

    private static IEnumerable<long> NumbersOf(NumberRanges ranges) =>
        ranges.Runs.SelectMany(static run => Enumerable.Range(0, (int)run.Count).Select(i => run.First + i));
}
