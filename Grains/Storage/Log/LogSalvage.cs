using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

/// <summary>
/// Sets the damaged file of a closed interval aside, whole and for good, and writes the blocks that can still be read from it into segments. Each step may
/// be the last one of a process; the next one begins again, from the file that was set aside.
/// </summary>
internal sealed class LogSalvage(LogFiles files, IntervalCatalog catalog, LogIntervals intervals, LogSeams seams, EngineSetting setting)
{
    private const int BlocksPerCommit = 256;

    /// <summary>Sets the file aside under the number in its note.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="open">Opens the interval's segments for writing.</param>
    /// <returns>What is held now.</returns>
    public ContentSum Run(Interval interval, Func<IntervalLog> open)
    {
        var note = catalog.Find(interval)!.Note!;
        var aside = files.Intervals.SetAsideOf(interval, note.SetAside);
        var path = files.Intervals.PathOf(interval);
        if (!File.Exists(aside) && File.Exists(path))
        {
            seams.Disk.Rename(path, aside);
        }

        intervals.Prepared.TryRemove(interval, out _);
        var log = open();
        var before = log.Held.Index.Held;
        if (File.Exists(aside))
        {
            // An interval has such a file only when it is closed.
            TakeAll(interval, aside, log);
            log.PromiseClosed();
        }

        var sum = log.Held.Index.Held;
        catalog.OnReplaced(interval, hasFile: true, catalog.Find(interval)!.State);
        catalog.Note(interval, n => n with
        {
            SetAside = 0,
            State = IntervalState.Open,
            Blocks = sum.Blocks,
            Events = sum.Events,
            Digest = null,
            Bytes = 0,
            Lost = $"{n.Lost} The file was set aside as {aside}; {sum.Blocks - before.Blocks} blocks with {sum.Events - before.Events} events were salvaged "
                + "from it, how many were lost is not known.",
        });
        setting.Diagnostics.OnSalvaged(aside, sum.Blocks, sum.Events, path);
        return sum;
    }

    private void TakeAll(Interval interval, string aside, IntervalLog log)
    {
        using var file = seams.Disk.Open(aside, isWritable: false);
        var ours = BlockSalvage.Find(file).Where(block => setting.Identity.Accepts(block.Header.ClusterId)
            && Interval.Containing(block.Header.FirstKey.UnixMilliseconds, setting.Identity.IntervalLength) == interval);
        foreach (var commit in ours.Select(static block => new Delivery(block, IsRepair: true)).Chunk(BlocksPerCommit))
        {
            log.Commit(commit);
        }
    }
}
