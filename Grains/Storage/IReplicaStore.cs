using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>
/// The durable blocks of one peer. Append-only: a block is never changed or removed. Many callers may use all members at once, and no member does
/// disk work on the caller's thread. Inherited members throw <see cref="ReplicaStoreException"/> when too many reads wait, the store is closed, or
/// the database cannot be read.
/// </summary>
internal interface IReplicaStore : IRepairableReplica, IAsyncDisposable
{
    /// <summary>Whether the store takes no more blocks until it is opened again.</summary>
    bool IsReadOnly { get; }

    /// <summary>A sentence that says why it is read-only; otherwise null.</summary>
    string? ReadOnlyReason { get; }

    /// <summary>
    /// A sentence that says why blocks are refused now: the store is read-only, or too little of its disk is free, which passes; otherwise null.
    /// </summary>
    string? AppendRefusal { get; }

    /// <summary>
    /// Completes with <see cref="ReadOnlyReason"/> when a write or flush has failed; never when the store is only closed.
    /// </summary>
    Task<string> BecameReadOnly { get; }

    /// <summary>The intervals of which something is held, ascending.</summary>
    ImmutableArray<Interval> Intervals { get; }

    /// <summary>Which engine keeps the blocks and what it does before an answer, for people.</summary>
    string Description { get; }

    /// <summary>How much is held and what has happened since the store was opened.</summary>
    ReplicaStoreStatistics Statistics { get; }

    /// <summary>
    /// Makes a block durable; answers when it is flushed, together with other waiting blocks. Failures are answers, not exceptions.
    /// </summary>
    /// <returns>
    /// <see cref="AppendStatus.Stored"/> or <see cref="AppendStatus.AlreadyStored"/> (same id, same bytes), both flushed;
    /// <see cref="AppendStatus.Overloaded"/> at once when too many bytes wait; <see cref="AppendStatus.Conflict"/> when a given key is
    /// held with other bytes; <see cref="AppendStatus.Invalid"/> for a block of another cluster or an id held with other bytes;
    /// <see cref="AppendStatus.IntervalNotOpen"/> for a new block of an interval that is promised closed;
    /// <see cref="AppendStatus.Failed"/> when writing or flushing failed, <see cref="AppendStatus.ReadOnly"/> ever after, and while too little of the disk is
    /// free.
    /// </returns>
    Task<AppendReply> AppendAsync(Block block);

    /// <summary>The distinct digests held under each key, in the order of the keys. Only committed blocks are seen.</summary>
    /// <exception cref="ReplicaStoreException">
    /// Too many reads wait, the store is closed, the database cannot be read, or a key is not found and may be in what is damaged or lost:
    /// "not held" would be believed.
    /// </exception>
    Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// The distinct payloads held under a key: none, one, or several in conflict. A damaged block is counted.
    /// </summary>
    /// <exception cref="ReplicaStoreException">
    /// Too many reads wait, the store is closed, the database cannot be read, or the key is not found and may be in what is damaged or lost.
    /// </exception>
    Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken);

    /// <summary>What is held of each interval, ascending.</summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, the store is closed, or the database cannot be read.</exception>
    Task<ImmutableArray<StoredInterval>> DescribeIntervalsAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Promises durably that the interval takes no more puts, then makes what is held of it self-contained and read-only. After an
    /// interruption it is called again; a closed interval is no change.
    /// </summary>
    /// <returns>The closed interval; null when nothing is held of it: then nothing is promised either.</returns>
    /// <exception cref="ReplicaStoreException">
    /// The promise may or may not have been made; the interval takes no puts until the store is opened again.
    /// </exception>
    Task<StoredInterval?> CloseIntervalAsync(Interval interval, CancellationToken cancellationToken);

    /// <summary>
    /// Promises durably that an interval takes no more puts, whether anything is held of it or not: only repair may bring blocks of it. What waits to be
    /// written is written before.
    /// </summary>
    /// <exception cref="ReplicaStoreException">The promise may or may not have been made.</exception>
    Task PromiseClosedAsync(Interval interval);

    /// <summary>Reads the next part of what is held, at most about <paramref name="maxBytes"/> of it but at least one minute, and checks it.</summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, or the store is closed. What cannot be read is a finding, not an exception.</exception>
    Task<ScrubPage> ScrubAsync(ScrubPosition position, long maxBytes, CancellationToken cancellationToken);
}
