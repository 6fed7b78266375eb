using AllData.Events;
using AllData.Intervals;
using AllData.Replication;
using AllData.Storage.Engine;

namespace AllData.Storage.PostgreSql;

// Whole intervals: promised closed, counted, repaired. If the database is away, a ReplicaStoreException is thrown.
internal sealed partial class PostgreSqlWriter
{
    // At most this many sentences are kept of what is wrong; the rest is in the log.
    private const int MaxSentences = 8;

    /// <inheritdoc/>
    public bool TryPromiseClosed(Interval interval)
    {
        if (!Held.Intervals.ContainsKey(interval))
        {
            return false;
        }

        // First in memory: from the moment that the promise may be on disk, no new block is accepted.
        _promised.Add(interval);
        Perform(session => session.Promise(interval, _time.GetUtcNow()));
        Held.Close(interval);
        return true;
    }

    /// <inheritdoc/>
    public bool TryFinishClosing(Interval interval, IntervalCount count, long restorations)
    {
        if (Held.Intervals[interval] is not { State: IntervalState.Closed, IsCounted: false } held || held.Restorations != restorations)
        {
            return false;
        }

        var noted = Perform(session => session.NoteCount(interval, count));
        TakeOver(interval, noted.Damage);
        _diagnostics.OnIntervalClosed(interval, noted.Location, noted.Blocks, noted.Events, noted.DigestSum);
        return true;
    }

    /// <inheritdoc/>
    public bool TrySalvage(Interval interval) => true;

    /// <inheritdoc/>
    public bool Recount(Interval interval, IReadOnlySet<UnixMinute> minutes)
    {
        Perform(session => session.Recount(interval, minutes));
        _journal.Restart();
        return true;
    }

    /// <inheritdoc/>
    public bool Replace(Interval interval, ScrubTally found)
    {
        Perform(session => session.Replace(interval, found));
        _journal.Restart();
        return true;
    }

    /// <inheritdoc/>
    public void RestoreCopysets(IReadOnlyCollection<CopysetId> copysets) => Perform(session => session.RestoreCopysets(copysets));

    /// <inheritdoc/>
    public void NoteDamage(Interval interval, string damage) =>
        TakeOver(interval, Perform(session => session.NoteDamage(interval, damage)).Damage);

    /// <inheritdoc/>
    public string? Conclude(Interval interval, ScrubTally found, string? before, bool isComplete)
    {
        if (!found.Damage.IsEmpty)
        {
            return string.Join(' ', found.Damage.Take(MaxSentences));
        }

        if (isComplete && before is not null && Held.Intervals[interval].Damage == before)
        {
            Perform(session => session.ClearDamage(interval));
            Held.NoteDamage(interval, null);
        }

        return Held.Intervals[interval].Damage;
    }

    private void TakeOver(Interval interval, string? damage)
    {
        if (damage is not null && Held.Intervals[interval].Damage is null)
        {
            _diagnostics.OnIntervalDamaged(interval, damage);
        }

        Held.NoteDamage(interval, damage);
    }

    private void Perform(Action<PostgreSqlWriteSession> work) => Perform(session =>
    {
        work(session);
        return true;
    });
}
