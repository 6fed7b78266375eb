using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Log;

// Checking what is held, in steps.
internal sealed partial class LogReader
{
    private readonly MinuteCheck _minute = new(setting.Diagnostics);

    /// <inheritdoc/>
    public ScrubStep Scrub(ScrubPosition position, long maxBytes) =>
        IntervalWalk.Scrub(catalog, position, (interval, fromMinute, tally) => ScrubNext(interval, fromMinute, maxBytes, tally));

    /// <inheritdoc/>
    /// <remarks>What is wrong is noted here, and the file of the closed interval is written.</remarks>
    public IntervalCount Count(Interval interval, CancellationToken cancellationToken)
    {
        var restorations = catalog.Find(interval)!.Restorations;
        var tally = CheckAll(interval, cancellationToken);
        catalog.OnScrubbed(interval, tally);
        if (tally.Corrupt is null && intervals.Open.TryGetValue(interval, out var held))
        {
            try
            {
                intervals.Use(interval, _ =>
                {
                    closing.Prepare(held, tally.Sum, restorations, cancellationToken);
                    return true;
                });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new ReplicaStoreException($"{files.ClosingOf(interval)} cannot be written: {e.Message}", e);
            }
        }

        return new IntervalCount(tally.Sum, Damage: null);
    }

    /// <inheritdoc/>
    public ScrubTally Check(Interval interval, CancellationToken cancellationToken) =>
        IntervalWalk.Check(catalog, interval, () => CheckAll(interval, cancellationToken));

    private ScrubTally CheckAll(Interval interval, CancellationToken cancellationToken)
    {
        var tally = new ScrubTally();
        if (Attempt(interval, tally, held => CheckCopysets(interval, held, tally)))
        {
            for (UnixMinute? next = UnixMinute.First; next is { } minute;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                next = null;
                Attempt(interval, tally, held => next = Scrub(held, minute, maxBytes: 1, tally));
            }
        }

        return tally;
    }

    private UnixMinute? ScrubNext(Interval interval, UnixMinute fromMinute, long maxBytes, ScrubTally tally)
    {
        if (!catalog.Find(interval)!.HasFile)
        {
            return null;
        }

        UnixMinute? next = interval.FirstMinute;
        return fromMinute == UnixMinute.First ? Attempt(interval, tally, held => CheckCopysets(interval, held, tally)) ? next : null
            : Attempt(interval, tally, held => next = Scrub(held, fromMinute, maxBytes, tally)) ? next
            : null;
    }

    // Checks whole minutes, from a given one on until enough bytes are read; the next one, or null.
    private UnixMinute? Scrub(HeldBlocks held, UnixMinute fromMinute, long maxBytes, ScrubTally tally)
    {
        var next = held.Index.NextMinute(fromMinute);
        while (next is { } minute)
        {
            _minute.Run(held, minute, tally);
            next = held.Index.NextMinute(minute.Next());
            if (tally.Bytes >= maxBytes)
            {
                break;
            }
        }

        return next;
    }

    private void CheckCopysets(Interval interval, HeldBlocks held, ScrubTally tally)
    {
        foreach (var (id, members) in held.Index.ReadCopysets())
        {
            if (CopysetText.TryParse(id, members) is null)
            {
                tally.OnUnreadableCopyset(id, CopysetText.Fault(files.Intervals.PathOf(interval), id));
            }
        }
    }

    // False: the interval is damaged so that nothing more of it can be read this way. That is a finding.
    private bool Attempt(Interval interval, ScrubTally tally, Action<HeldBlocks> check)
    {
        try
        {
            return intervals.Use(interval, held =>
            {
                check(held);
                return true;
            });
        }
        catch (ReplicaStoreException e)
        {
            if (catalog.Find(interval)?.Note?.SetAside > 0)
            {
                tally.OnCorrupt(e.Message);
            }
            else
            {
                tally.OnDamage(e.Message);
            }

            return false;
        }
    }
}
