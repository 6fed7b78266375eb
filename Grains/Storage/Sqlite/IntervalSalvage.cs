using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Storage.Directories;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

/// <summary>
/// Sets a damaged file aside, whole and for good, and gathers the blocks that can still be read from it in a fresh file. Each step may be the
/// last one of a process; the next one begins again, from the file that was set aside.
/// </summary>
internal sealed class IntervalSalvage(IntervalFiles files, IntervalCatalog catalog, SqliteSeams seams, EngineSetting setting)
{
    /// <summary>Sets the file aside under the number in its note; returns what could be salvaged.</summary>
    /// <exception cref="ReplicaStoreException">The fresh file cannot be written.</exception>
    public ContentSum Run(Interval interval)
    {
        var note = catalog.Find(interval)!.Note!;
        var aside = files.SetAsideOf(interval, note.SetAside);
        var path = files.PathOf(interval);
        Move(path, aside);
        if (!File.Exists(aside))
        {
            return GiveUp(interval);
        }

        var (sum, closed) = Salvage(interval, aside);
        DurableFiles.Rename(files.SalvageOf(interval), path);
        if (closed)
        {
            DurableFiles.MakeReadOnly(path);
        }

        // In the fresh file the blocks have other numbers.
        AnsweredMark.Remove(files.MarkOf(interval));
        catalog.OnReplaced(interval, hasFile: true, closed ? IntervalState.Closed : IntervalState.Open);
        catalog.Note(interval, n => Describe(n, closed, aside, path, sum));
        setting.Diagnostics.OnSalvaged(aside, sum.Blocks, sum.Events, path);
        return sum with { DigestSum = default };
    }

    private ContentSum GiveUp(Interval interval)
    {
        AnsweredMark.Remove(files.MarkOf(interval));
        catalog.OnReplaced(interval, hasFile: false, catalog.Find(interval)!.State);
        catalog.Note(interval, n => n with { SetAside = 0, Clean = true, Blocks = 0, Events = 0 });
        return default;
    }

    private static IntervalManifest Describe(IntervalManifest note, bool closed, string aside, string path, ContentSum sum) => note with
    {
        SetAside = 0,
        Clean = true,
        State = closed ? IntervalState.Closed : IntervalState.Open,
        Blocks = sum.Blocks,
        Events = sum.Events,
        Digest = closed ? sum.DigestSum.ToString() : null,
        Bytes = closed ? new FileInfo(path).Length : 0,
        Lost = $"{note.Lost} The file was set aside as {aside}; {sum.Blocks} blocks with {sum.Events} events were salvaged from it, how many were lost is "
            + "not known.",
    };

    // Once the file is there under its new name, a file under the old name is only left from an interrupted attempt.
    private static void Move(string path, string aside)
    {
        if (!File.Exists(aside) && File.Exists(path + "-wal"))
        {
            DurableFiles.Rename(path + "-wal", aside + "-wal");
        }

        File.Delete(path + "-shm");
        if (!File.Exists(aside) && File.Exists(path))
        {
            DurableFiles.Rename(path, aside);
        }
    }

    private (ContentSum Sum, bool Closed) Salvage(Interval interval, string aside)
    {
        var target = files.SalvageOf(interval);
        File.Delete(target);
        File.Delete(target + "-journal");
        using var salvaged = IntervalFile.CreateForSalvage(target, interval, setting.Identity, seams);
        using var writer = new SalvageWriter(salvaged);
        var closed = catalog.Find(interval)!.State == IntervalState.Closed;

        // Every block is checked by its own digest here: pages behind a damaged place in the log are worth reading.
        WriteAheadLog.Mend(aside + "-wal");
        if (!TakeAll(interval, aside, writer, ref closed))
        {
            var copy = target + "-source";
            RepairedCopy.Make(aside, target, copy);
            TakeAll(interval, copy, writer, ref closed);
            RepairedCopy.Delete(copy);
        }

        return (writer.Complete(closed), closed);
    }

    // False: something could not be read.
    private bool TakeAll(Interval interval, string path, SalvageWriter writer, ref bool closed)
    {
        using var source = SalvageSource.Open(path);
        foreach (var block in source.Blocks().Where(block => IsOurs(block.Header, interval)))
        {
            writer.Add(block);
        }

        closed |= source.IsPromisedClosed;
        return source.IsComplete;
    }

    private bool IsOurs(BlockHeader header, Interval interval) => setting.Identity.Accepts(header.ClusterId)
        && Interval.Containing(header.FirstKey.UnixMilliseconds, setting.Identity.IntervalLength) == interval;
}
