using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>
/// The durable blocks of one peer. Append-only: a block is never changed or removed. All members may be called by many callers at once,
/// and none of them occupies the caller's thread with disk work.
/// </summary>
internal interface IReplicaStore : IAsyncDisposable
{
    /// <summary>Whether the store takes no more blocks until it is opened anew.</summary>
    bool IsReadOnly { get; }

    /// <summary>A sentence that says why it is read-only; otherwise null.</summary>
    string? ReadOnlyReason { get; }

    /// <summary>
    /// Completes with <see cref="ReadOnlyReason"/> when a write or flush has failed; never when the store is only closed.
    /// </summary>
    Task<string> BecameReadOnly { get; }

    /// <summary>The intervals of which something is held, ascending.</summary>
    ImmutableArray<Interval> Intervals { get; }

    /// <summary>How much is held and what has happened since the store was opened.</summary>
    ReplicaStoreStatistics Statistics { get; }

    /// <summary>
    /// Makes a block durable; answers when it is flushed, together with the others that waited. Failures are answers, not exceptions.
    /// </summary>
    /// <returns>
    /// <see cref="AppendStatus.Stored"/> or <see cref="AppendStatus.AlreadyStored"/> (same id, same bytes), both flushed;
    /// <see cref="AppendStatus.Overloaded"/> at once when too many bytes wait; <see cref="AppendStatus.Conflict"/> when a given key is
    /// held with other bytes; <see cref="AppendStatus.Invalid"/> for a block of another cluster or an id held with other bytes;
    /// <see cref="AppendStatus.Failed"/> when writing or flushing failed, <see cref="AppendStatus.ReadOnly"/> ever after.
    /// </returns>
    Task<AppendReply> AppendAsync(Block block);

    /// <summary>The distinct digests held under each key, in the order of the keys. Only committed blocks are seen.</summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, the store is closed, or the database cannot be read.</exception>
    Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys, CancellationToken cancellationToken);

    /// <summary>
    /// The distinct payloads held under a key: none, one, or several in conflict. A damaged block is skipped and counted.
    /// </summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, the store is closed, or the database cannot be read.</exception>
    Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key, CancellationToken cancellationToken);

    /// <summary>
    /// The blocks of an interval by first key, read page by page so that memory stays bounded. A block that is appended meanwhile is seen
    /// if the walk has not passed its first key. A damaged block is skipped and counted.
    /// </summary>
    /// <exception cref="ReplicaStoreException">Too many reads wait, the store is closed, or the database cannot be read.</exception>
    IAsyncEnumerable<Block> ReadBlocksAsync(Interval interval, CancellationToken cancellationToken);
}
