using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage;

/// <summary>What repair reads of a replica, this silo's own or another's. A call times out and fails like the connection to it.</summary>
public interface IRepairSource
{
    /// <summary>The minutes in which something was stored since a cursor.</summary>
    Task<BucketChanges> GetChangesAsync(ChangeCursor since, CancellationToken cancellationToken);

    /// <summary>The buckets of the first minutes of a range. Only whole minutes; the buckets of a minute are of one moment.</summary>
    Task<BucketPage> ReadBucketsAsync(BucketRange range, CancellationToken cancellationToken);

    /// <summary>The copysets of blocks that are held in a run of minutes; others may be among them.</summary>
    Task<ImmutableArray<CopysetDefinition>> ReadCopysetsAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken cancellationToken);

    /// <summary>Lists the blocks of some copysets in a run of minutes, as far as it lies in one interval, without reading them.</summary>
    Task<BlockList> ListBlocksAsync(BlockListRange range, CancellationToken cancellationToken);

    /// <summary>Reads blocks of one interval by their ids and checks each; a block that is not held, or not intact, is left out.</summary>
    Task<FetchedBlocks> FetchBlocksAsync(BlockFetch fetch, CancellationToken cancellationToken);

    /// <summary>The next blocks of a range by first key, last key and number, each checked; a damaged one is named instead.</summary>
    Task<BlockPage> ReadPageAsync(BlockRange range, CancellationToken cancellationToken);
}

/// <summary>This silo's own replica, as repair completes it.</summary>
internal interface IRepairableReplica : IRepairSource
{
    /// <summary>Blocks that are known to be damaged, until they are restored; forgotten when the store is opened again.</summary>
    ImmutableArray<DamagedEntry> DamagedEntries { get; }

    /// <summary>
    /// Makes a block of another replica durable: in a closed interval too, and whatever is held under its keys, because both copies of a conflict
    /// are kept. A damaged copy of it is written again. It goes behind the puts: when more than a part of the room for waiting bytes is taken, it is
    /// <see cref="AppendStatus.Overloaded"/>.
    /// </summary>
    /// <returns>As <see cref="IReplicaStore.AppendAsync"/>, but never a conflict or a closed interval.</returns>
    Task<AppendReply> RestoreAsync(Block block);

    /// <summary>
    /// Checks an interval again as a whole, after repair: what is wrong no longer is noted no longer. A closed interval that repair has changed is
    /// made self-contained again.
    /// </summary>
    /// <param name="interval">The interval.</param>
    /// <param name="isComplete">Whether every other peer that could hold something of it has been compared with: then a loss is made good.</param>
    /// <param name="cancellationToken">Ends it between two steps.</param>
    /// <returns>What is still wrong; null when nothing is.</returns>
    /// <exception cref="ReplicaStoreException">It could not be done now.</exception>
    Task<string?> VerifyIntervalAsync(Interval interval, bool isComplete, CancellationToken cancellationToken);
}

/// <summary>A damaged block.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Copyset">The id of its copyset.</param>
/// <param name="UnixMinute">Its minute.</param>
internal readonly record struct DamagedEntry(BlockId Id, CopysetId Copyset, UnixMinute UnixMinute);
