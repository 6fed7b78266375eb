using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.Sqlite;

// Checking what is held, in steps.
internal sealed partial class SqliteReader
{
    // SQLite checks a file in one go: a larger one is checked like that only when it is closed, and block by block by every scrub.
    private const long MaxBytesOfFileCheck = 64L << 20;

    /// <inheritdoc/>
    public ScrubStep Scrub(ScrubPosition position, long maxBytes) =>
        IntervalWalk.Scrub(catalog, position, (interval, fromMinute, tally) => ScrubNext(interval, fromMinute, maxBytes, tally));

    /// <inheritdoc/>
    /// <remarks>What is wrong is noted here.</remarks>
    public IntervalCount Count(Interval interval, CancellationToken cancellationToken)
    {
        var tally = CheckAll(interval, cancellationToken);
        catalog.OnScrubbed(interval, tally);
        return new IntervalCount(tally.Sum, Damage: null);
    }

    /// <inheritdoc/>
    public ScrubTally Check(Interval interval, CancellationToken cancellationToken) =>
        IntervalWalk.Check(catalog, interval, () => CheckAll(interval, cancellationToken));

    private ScrubTally CheckAll(Interval interval, CancellationToken cancellationToken)
    {
        var tally = new ScrubTally();
        if (Attempt(interval, tally, reader => reader.CheckFile(thoroughly: true, tally))
            && Attempt(interval, tally, reader => reader.CheckCopysets(tally)))
        {
            for (UnixMinute? next = UnixMinute.First; next is { } minute;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                next = null;
                Attempt(interval, tally, reader => next = reader.Scrub(minute, maxBytes: 1, tally));
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
        return fromMinute == UnixMinute.First ? CheckFile(interval, tally) ? next : null
            : Attempt(interval, tally, reader => next = reader.Scrub(fromMinute, maxBytes, tally)) ? next
            : null;
    }

    private bool CheckFile(Interval interval, ScrubTally tally) => Attempt(interval, tally, reader => reader.CheckCopysets(tally))
        && (files.BytesOf(interval) > MaxBytesOfFileCheck || Attempt(interval, tally, reader => reader.CheckFile(thoroughly: false, tally)));

    // False: the file is damaged so that nothing more of it can be read this way. That is a finding.
    private bool Attempt(Interval interval, ScrubTally tally, Action<IntervalReader> check)
    {
        try
        {
            return Use(interval, reader =>
            {
                check(reader);
                return true;
            });
        }
        catch (ReplicaStoreException e)
        {
            tally.OnDamage(e.Message);
            return false;
        }
    }
}
