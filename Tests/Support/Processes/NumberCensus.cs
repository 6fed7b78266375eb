using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Protocol.Numbers;
using AllData.Replication;
using AllData.Storage.Directories;

namespace AllData.Tests.Support;

/// <summary>Compares the numbers that data directories have journalled with the blocks that lie on the disks, after the silos have ended.</summary>
internal static class NumberCensus
{
    /// <summary>The reports of a directory about an interval, as a silo would give them that is opened now.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="start">The first minute of the interval.</param>
    public static IReadOnlyList<NumberReport> ReportsOf(string directory, UnixMinute start)
    {
        var history = new NumberHistory(start);
        foreach (var record in RecordsOf(directory))
        {
            history.Take(record);
        }

        // Whatever its length is: only its beginning is looked at.
        return history.Report(IdentityOf(directory).Ordinal!.Value, Interval.Containing(start, TimeSpan.FromDays(1)), present: -1, issued: 0);
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
        var blocks = held.ToList();
        var faults = blocks.Where(static id => !id.IsNumbered).Select(static id => $"block {id} has no number").ToList();
        var numbered = blocks.Where(static id => id.IsNumbered).ToLookup(static id => id.IntervalStart);

        // Of an interval that was begun a moment before a kill nothing may be noted yet, and of one that is noted everything may be lost.
        foreach (var start in numbered.Select(static one => one.Key).Union(directories.SelectMany(NotedIn)))
        {
            var (reports, numbers) = (directories.SelectMany(directory => ReportsOf(directory, start)).ToList(), new HeldNumbers(start));
            foreach (var id in numbered[start])
            {
                numbers.Add(id);
            }

            var survey = NumberSurvey.Of([], [], reports, numbers);
            faults.AddRange(survey.Coordinators
                .Where(one => !one.WronglyAbandoned.IsEmpty || ((!one.IsReported || !one.Missing.IsEmpty) && !HasOutrunItsJournal(one, reports))
                    || one.InFlightAtCrash.Count > IntervalNumbers.Window + IntervalNumbers.MostUnderWay)
                .Select(static one => $"{one}, in flight {one.InFlightAtCrash}, missing {one.Missing}, wrongly abandoned {one.WronglyAbandoned}"));
        }

        return faults;
    }

    // No put waits for the journal: on a machine that is too busy to note them, more numbers may be issued than a crash explains.
    private static bool HasOutrunItsJournal(CoordinatorNumbers one, List<NumberReport> reports) => reports.Exists(
        report => (report.Ordinal, report.Incarnation) == (one.Ordinal, one.Incarnation) && report.Issued < 0
            && one.End > report.Settled + IntervalNumbers.Window);

    private static IEnumerable<UnixMinute> NotedIn(string directory)
    {
        var records = RecordsOf(directory);
        return records.OfType<NumbersSettled>().Select(static mark => mark.IntervalStart)
            .Concat(records.OfType<NumbersAbandoned>().Select(static some => some.IntervalStart));
    }

    private static PeerIdentity IdentityOf(string directory) => PeerIdentityFile.Read(Path.Combine(directory, DataDirectory.IdentityName));

    private static IReadOnlyList<NumberRecord> RecordsOf(string directory) =>
        NumberJournal.Read(Path.Combine(directory, DataDirectory.NumbersName), IdentityOf(directory).Directory);
}
