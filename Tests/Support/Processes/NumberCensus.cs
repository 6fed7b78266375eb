using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Storage.Directories;

namespace AllData.Tests.Support;

/// <summary>Compares the numbers that data directories have journalled with the blocks that lie on the disks, after the silos have ended.</summary>
internal static class NumberCensus
{
    /// <summary>The reports of all numbered intervals of a directory, as a silo would give them that is opened now.</summary>
    public static IReadOnlyList<NumberReport> ReportsOf(string directory)
    {
        var ordinal = IdentityOf(directory).Ordinal!.Value;
        var records = RecordsOf(directory);
        var intervals = records.OfType<NumbersSettled>().Select(static r => r.IntervalStart)
            .Concat(records.OfType<NumbersAbandoned>().Select(static r => r.IntervalStart));
        var history = new NumberHistory();
        foreach (var record in records)
        {
            history.Take(record);
        }

        return [.. intervals.Distinct().SelectMany(
            start => history.Report(ordinal, Interval.Containing(start, TimeSpan.FromDays(1)), present: -1, issued: 0))];
    }

    /// <summary>Whether the last incarnation of a directory has ended with a goodbye.</summary>
    public static bool HasSaidGoodbye(string directory)
    {
        var records = RecordsOf(directory);
        return records.OfType<IncarnationBegan>().Last().Incarnation == records.OfType<IncarnationEnded>().LastOrDefault()?.Incarnation;
    }

    /// <summary>What is wrong with the numbers of a directory's blocks; nothing when all of them are explained.</summary>
    public static IReadOnlyList<string> FaultsOf(string directory, IEnumerable<BlockId> held) => FaultsOf([directory], held);

    /// <summary>What is wrong with the numbers of the blocks of several directories.</summary>
    public static IReadOnlyList<string> FaultsOf(IReadOnlyCollection<string> directories, IEnumerable<BlockId> held)
    {
        var (reports, blocks) = (directories.SelectMany(ReportsOf).ToList(), held.ToList());
        var faults = blocks.Where(static id => !id.IsNumbered).Select(static id => $"block {id} has no number").ToList();
        foreach (var start in blocks.Where(static id => id.IsNumbered).Select(static id => id.IntervalStart).Distinct())
        {
            var numbers = new HeldNumbers(start);
            blocks.Where(id => id.IsNumbered && id.IntervalStart == start).ToList().ForEach(numbers.Add);
            var survey = NumberSurvey.Of([], [], reports.Where(report => report.Interval.FirstMinute == start), numbers);
            faults.AddRange(survey.Coordinators
                .Where(one => !one.WronglyAbandoned.IsEmpty || ((!one.IsReported || !one.Missing.IsEmpty) && !HasOutrunItsJournal(one))
                    || one.InFlightAtCrash.Count > IntervalNumbers.Window + IntervalNumbers.MostUnderWay)
                .Select(static one => $"{one}, in flight {one.InFlightAtCrash}, missing {one.Missing}, wrongly abandoned {one.WronglyAbandoned}"));
        }

        return faults;

        // No put waits for the journal: on a machine that is too busy to note them, more numbers may be issued than a crash explains.
        bool HasOutrunItsJournal(CoordinatorNumbers one) => reports.Exists(report => (report.Ordinal, report.Incarnation) == (one.Ordinal, one.Incarnation)
            && report.Issued < 0 && one.End > report.Settled + IntervalNumbers.Window);
    }

    private static PeerIdentity IdentityOf(string directory) => PeerIdentityFile.Read(Path.Combine(directory, DataDirectory.IdentityName));

    private static IReadOnlyList<NumberRecord> RecordsOf(string directory) =>
        NumberJournal.Read(Path.Combine(directory, DataDirectory.NumbersName), IdentityOf(directory).Directory);
}
