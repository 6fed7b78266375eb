using AllData.Events;
using AllData.Intervals;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>
/// The writing part of an engine, used by the writer's thread alone. A <see cref="ReplicaStoreException"/> means that something could not be done
/// now and nothing is in doubt; any other exception makes the store read-only.
/// </summary>
internal interface IStorageWriter : IDisposable
{
    /// <summary>
    /// Writes blocks of one interval in one transaction and flushes it. A block that is held with the same bytes is <see cref="AppendStatus.AlreadyStored"/>;
    /// a damaged copy of it is written again. Of a closed interval only what repair brings is taken; repair meets no conflict.
    /// </summary>
    /// <returns>The answers, in the order of the blocks; true as soon as this returns, and told to the journal.</returns>
    /// <exception cref="Exception">Nothing is known about the blocks; the engine is not used to write again.</exception>
    AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries);

    /// <summary>Called when callers have been answered: time for work that no caller should wait for.</summary>
    void AfterAnswers();

    /// <summary>Called once, after a failure: from now on nothing may be written, not even when it is disposed of.</summary>
    void StopWriting();

    /// <summary>Promises durably that an interval takes no more puts; false when nothing is held of it.</summary>
    bool TryPromiseClosed(Interval interval);

    /// <summary>Makes a closed interval self-contained, unless repair has changed it since it was counted or it is to be salvaged first.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="count">What it holds.</param>
    /// <param name="restorations">Its <see cref="IntervalStanding.Restorations"/> before it was counted.</param>
    /// <returns>Whether it is self-contained now.</returns>
    bool TryFinishClosing(Interval interval, IntervalCount count, long restorations);

    /// <summary>Salvages what can be read of an interval that needs it, now; whether no interval needs it any more at this place.</summary>
    bool TrySalvage(Interval interval);

    /// <summary>Counts the buckets of some minutes afresh; false when that cannot be done now. Everything may have changed then.</summary>
    bool Recount(Interval interval, IReadOnlySet<UnixMinute> minutes);

    /// <summary>Takes out, or writes afresh, the rows that cannot be mended; false when that cannot be done now. Everything may have changed then.</summary>
    bool Replace(Interval interval, ScrubTally found);

    /// <summary>Writes copysets afresh whose members cannot be read, as far as their blocks say them.</summary>
    void RestoreCopysets(IReadOnlyCollection<CopysetId> copysets);

    /// <summary>Notes durably that the sums of an interval are not to be believed, unless something is noted already.</summary>
    void NoteDamage(Interval interval, string damage);

    /// <summary>An interval has been checked as a whole: what was noted and is wrong no longer is noted no longer.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="found">What the check has found.</param>
    /// <param name="before">What was noted before the check: what has been noted since stays.</param>
    /// <param name="isComplete">Whether a loss is made good, too.</param>
    /// <returns>What is still wrong; null when nothing is.</returns>
    string? Conclude(Interval interval, ScrubTally found, string? before, bool isComplete);
}
