using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Remote;

/// <summary>
/// A peer's replica as the cluster's silos use it, wherever it is. Apart from <see cref="AppendAsync"/> each call ends by itself, with an exception when
/// no answer comes within its deadline; <see cref="IReplicas.FailureOf"/> says what an exception tells of the peer.
/// </summary>
internal interface IReplica : IRepairSource
{
    /// <summary>
    /// Makes a block durable and completes when it is flushed. Without a deadline: a late answer still counts, so the caller decides how long it waits
    /// before it goes on without one.
    /// </summary>
    Task<AppendReply> AppendAsync(BlockBytes block);

    /// <summary>Completes when the peer takes replicas; touches no disk.</summary>
    Task PingAsync();

    /// <summary>What the peer holds durably under keys, in their order.</summary>
    Task<ImmutableArray<HeldKey>> LookUpAsync(ImmutableArray<EventKey> keys);

    /// <summary>What the peer holds under supplied keys, which it claims first for the put that is about to come.</summary>
    Task<ImmutableArray<HeldKey>> LookUpToPutAsync(KeyInquiry inquiry);

    /// <summary>What the peer's silo says of keys that may be its own.</summary>
    Task<ImmutableArray<KeyIssuance>> JudgeKeysAsync(ImmutableArray<EventKey> keys);

    /// <summary>The payloads that the peer holds under a key.</summary>
    Task<ImmutableArray<EventPayload>> ReadAsync(EventKey key);

    /// <summary>The smallest key under which a put through the peer's silo may still write.</summary>
    Task<EventKey> GetLowWatermarkAsync();

    /// <summary>What the clock of the peer's silo shows.</summary>
    Task<ClockReading> ReadClockAsync();

    /// <summary>What the peer's silo remembers of the registry's word.</summary>
    Task<SeenTopology> GetSeenTopologyAsync();

    /// <summary>Notifies the peer's silo that there is a topology of this version. Waits for nothing: a silo that misses it asks by itself.</summary>
    void TellTopology(TopologySnapshot topology);
}
