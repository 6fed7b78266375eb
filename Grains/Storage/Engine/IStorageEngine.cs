using System.Collections.Immutable;
using AllData.Intervals;

namespace AllData.Storage.Engine;

/// <summary>
/// What keeps the blocks of one peer. The store above it has the queue, the group commit, the readers' threads and the order of closing and
/// verifying; an engine has the data, in three parts by the threads that use them: this one by any thread, its <see cref="Writer"/> by the writer's
/// thread alone, and each <see cref="IStorageReader"/> by one reader's thread.
/// <para>
/// At its opening an engine checks what it finds, refuses another peer's data with a <see cref="ReplicaStoreException"/>, and opens nothing that
/// takes long. The writer's <see cref="IDisposable.Dispose"/> ends it; its readers are disposed of before.
/// </para>
/// </summary>
internal interface IStorageEngine
{
    /// <summary>What keeps the blocks and what is done before an answer, for people.</summary>
    string Description { get; }

    /// <summary>The intervals of which something is held, ascending. Does not ask the disk.</summary>
    ImmutableArray<Interval> Intervals { get; }

    /// <summary>Intervals that are noted to have lost or damaged something. Does not ask the disk.</summary>
    int DamagedIntervals { get; }

    /// <summary>What writes.</summary>
    IStorageWriter Writer { get; }

    /// <summary>What is known of an interval; null when nothing is held of it. Does not ask the disk.</summary>
    IntervalStanding? Find(Interval interval);

    /// <summary>How much is held.</summary>
    StorageFigures Measure();

    /// <summary>Makes what one reader's thread reads with.</summary>
    IStorageReader OpenReader();

    /// <summary>The store is about to be closed: do not wait for anything that is away.</summary>
    void Hurry();
}
