using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using AllData.Reports;

namespace AllData;

/// <summary>
/// The replica of one peer, pinned to the silo that hosts that peer (<see cref="GrainFactoryExtensions.GetReplica"/>). For coordinators and
/// tools; applications put through <see cref="IPutCoordinatorGrain"/>.
/// </summary>
[Alias("AllData.IReplicaStorageGrain")]
public interface IReplicaStorageGrain : IGrainWithStringKey
{
    /// <summary>Makes a block durable and answers when it is flushed. The same block again changes nothing.</summary>
    [Alias("Append")]
    Task<AppendReply> Append(BlockBytes block);

    /// <summary>Answers at once when this peer takes replicas, without touching its disk; throws when it takes none.</summary>
    [Alias("Ping")]
    Task Ping();

    /// <summary>What this peer holds durably under the given keys, in their order.</summary>
    [Alias("LookUp")]
    Task<ImmutableArray<HeldKey>> LookUp(ImmutableArray<EventKey> keys);

    /// <summary>
    /// What this peer holds under given keys, those to be claimed first, and whether another event came first there. For coordinators, before they
    /// put under them.
    /// </summary>
    [Alias("LookUpToPut")]
    Task<ImmutableArray<HeldKey>> LookUpToPut(KeyInquiry inquiry);

    /// <summary>
    /// What this silo, storing or not, says of keys that may be its own. From then on its reserved keys no longer count as fresh: the caller puts
    /// them.
    /// </summary>
    [Alias("JudgeKeys")]
    Task<ImmutableArray<KeyIssuance>> JudgeKeys(ImmutableArray<EventKey> keys);

    /// <summary>
    /// A key that none is smaller than under which a put through this silo, storing or not, may still write: below it only given keys that come later
    /// can still appear.
    /// </summary>
    /// <exception cref="Errors.KeysUnavailableException">This silo may not issue keys now.</exception>
    [Alias("GetLowWatermark")]
    Task<EventKey> GetLowWatermark();

    /// <summary>The events that this peer holds under a key, their digests checked: none, one, or several in conflict.</summary>
    [Alias("Read")]
    Task<ImmutableArray<EventPayload>> Read(EventKey key);

    /// <summary>What this peer holds, interval by interval, ascending.</summary>
    [Alias("GetIntervals")]
    Task<ImmutableArray<StoredInterval>> GetIntervals();

    /// <summary>The buckets of a run of minutes, or of its first part.</summary>
    [Alias("ReadBuckets")]
    Task<BucketPage> ReadBuckets(BucketRange range);

    /// <summary>A page of the blocks of a range.</summary>
    [Alias("ReadBlocks")]
    Task<BlockPage> ReadBlocks(BlockRange range);

    /// <summary>The minutes in which this peer has stored something since a cursor.</summary>
    [Alias("GetChanges")]
    Task<BucketChanges> GetChanges(ChangeCursor since);

    /// <summary>The copysets of the blocks that this peer holds in a run of minutes.</summary>
    [Alias("ReadCopysets")]
    Task<ImmutableArray<CopysetDefinition>> ReadCopysets(UnixMinute fromMinute, UnixMinute toMinute);

    /// <summary>Names the blocks that this peer holds of some copysets in a run of minutes, as far as it lies in one interval.</summary>
    [Alias("ListBlocks")]
    Task<BlockList> ListBlocks(BlockListRange range);

    /// <summary>Blocks of this peer by their ids, each checked.</summary>
    [Alias("FetchBlocks")]
    Task<FetchedBlocks> FetchBlocks(BlockFetch fetch);

    /// <summary>One step of a scrub: reads a part of what is held and checks it.</summary>
    [Alias("Scrub")]
    Task<ScrubPage> Scrub(ScrubPosition position);

    /// <summary>
    /// What the data directory of this silo, storing or not, knows of the numbers that its incarnations have given to the blocks of an interval; durable before
    /// it is said.
    /// </summary>
    [Alias("GetNumbers")]
    Task<ImmutableArray<NumberReport>> GetNumbers(Interval interval);

    /// <summary>The silo's report of itself and of this peer, even if the peer does not store.</summary>
    [Alias("GetReport")]
    Task<PeerReport> GetReport();

    /// <summary>The present reading of the silo's clock.</summary>
    [Alias("ReadClock")]
    Task<ClockReading> ReadClock();

    /// <summary>
    /// What this peer's silo remembers of the registry's word: for the registry, which may have been put back from a backup. Of a peer that does not store,
    /// or is not accepted yet, too.
    /// </summary>
    [Alias("GetSeenTopology")]
    Task<SeenTopology> GetSeenTopology();

    /// <summary>Notifies an observer of every interval that this peer closes, for five minutes; call again to renew.</summary>
    [Alias("Subscribe")]
    Task Subscribe(IIntervalObserver observer);

    /// <summary>Stops notifying an observer.</summary>
    [Alias("Unsubscribe")]
    Task Unsubscribe(IIntervalObserver observer);

    /// <summary>
    /// A notification from the registry: there is a topology of this version. The silo asks the registry for it and uses nothing else of the
    /// argument.
    /// </summary>
    [Alias("UpdateTopology")]
    Task UpdateTopology(TopologySnapshot topology);
}
