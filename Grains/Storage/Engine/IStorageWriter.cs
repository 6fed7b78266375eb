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
    /// Writes blocks of one interval in one transaction and flushes it. A block that is held with the same bytes is <see
    /// cref="AppendStatus.AlreadyStored"/>; a damaged copy of it is rewritten. A closed interval takes only what repair brings; repair meets no
    /// conflict.
    /// </summary>
    /// <returns>The answers, in the order of the blocks; durable as soon as this returns, and noted in the journal.</returns>
    /// <exception cref="Exception">Nothing is known about the blocks; the engine is not used to write again.</exception>
    AppendReply[] Commit(Interval interval, IReadOnlyList<Delivery> deliveries);

    /// <summary>Called when callers have been answered: time for work that no caller should wait for.</summary>
    void AfterAnswers();

    /// <summary>Called once, after a failure: from now on nothing may be written, not even on disposal.</summary>
    void StopWriting();

    /// <summary>Promises durably that an interval takes no more puts; false when nothing is held of it.</summary>
    bool TryPromiseClosed(Interval interval);

    /// <summary>Makes a closed interval self-contained, unless repair has changed it since it was counted or it is to be salvaged first.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="count">What it holds.</param>
    /// <param name="restorations">Its <see cref="IntervalStanding.Restorations"/> before it was counted.</param>
    /// <returns>Whether it is self-contained now.</returns>
    bool TryFinishClosing(Interval interval, IntervalCount count, long restorations);

    /// <summary>Salvages what can be read of an interval that needs it, now; returns whether no interval needs it here any more.</summary>
    bool TrySalvage(Interval interval);

    /// <summary>Recounts the buckets of some minutes; false when that cannot be done now. Everything may have changed then.</summary>
    bool Recount(Interval interval, IReadOnlySet<UnixMinute> minutes);

    /// <summary>
    /// Takes out, or rewrites, the rows that cannot be repaired; false if that cannot be done now. Everything may have changed then.
    /// </summary>
    bool Replace(Interval interval, ScrubTally found);

    /// <summary>Rewrites copysets whose members cannot be read, as far as their blocks show the members.</summary>
    void RestoreCopysets(IReadOnlyCollection<CopysetId> copysets);

    /// <summary>Notes durably that the sums of an interval cannot be believed, unless something is noted already.</summary>
    void NoteDamage(Interval interval, string damage);

    /// <summary>An interval has been checked as a whole: notes of damage that is gone are cleared.</summary>
    /// <param name="interval">The interval.</param>
    /// <param name="found">What the check has found.</param>
    /// <param name="before">What was noted before the check: what has been noted since stays.</param>
    /// <param name="isComplete">Whether a loss is cleared, too.</param>
    /// <returns>What is still wrong; null when nothing is.</returns>
    string? Conclude(Interval interval, ScrubTally found, string? before, bool isComplete);
}
