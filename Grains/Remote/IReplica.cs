using System.Collections.Immutable;
using AllData.Events;
using AllData.Intervals;
using AllData.Peers;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Remote;

/// <summary>
/// A peer's replica as the cluster's silos use it, wherever it is. Safe for several threads. Apart from <see cref="AppendAsync"/> each call ends by itself,
/// with an exception when no answer comes within its deadline (<see cref="Configuration.DeadlineOptions"/>).
/// </summary>
/// <remarks>
/// What an exception tells of the peer: a <see cref="TimeoutException"/>, that no word came within the deadline; an <see cref="IOException"/>, that the peer
/// could not be reached or its connection broke; any other, that the peer has answered with an error. A refusal in an <see cref="AppendReply"/> is an answer.
/// </remarks>
public interface IReplica : IRepairSource
{
    /// <summary>
    /// Makes a block durable and completes when it is flushed. The same block again is no change, and is answered like that when the first copy is flushed.
    /// Without a deadline of the caller's: a late answer still counts, so the caller decides how long it waits before it goes on without one; a call that is
    /// never answered ends after half a minute or so.
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

    /// <summary>
    /// What the data directory of the peer's silo, storing or not, knows of the numbers that its incarnations have given to the blocks of an interval. A silo
    /// of an earlier version does not know the call: an error.
    /// </summary>
    Task<ImmutableArray<NumberReport>> GetNumbersAsync(Interval interval, CancellationToken cancellationToken);

    /// <summary>
    /// Tells the peer's silo that there is a topology of this version. Waits for nothing and throws nothing: a silo that does not hear it asks by itself, so
    /// a way that cannot tell it does nothing.
    /// </summary>
    void TellTopology(TopologySnapshot topology);
}
