using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AllData.Events;
using AllData.Json;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Errors;

/// <summary>What is known about the event after a put has failed.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<WrittenState>))]
public enum WrittenState
{
    /// <summary>No replica was written.</summary>
    Nothing = 0,

    /// <summary>Some copies exist: valid events, which repair completes. They are never rolled back.</summary>
    SomeCopies = 1,

    /// <summary>Not known. A retry with the same key is always safe.</summary>
    Unknown = 2,
}

/// <summary>A put failed. The subclasses carry their data across the grain boundary.</summary>
[GenerateSerializer, Alias("AllData.PutException")]
public abstract class PutException : Exception
{
    /// <summary>Creates it.</summary>
    protected PutException(string message, EventKey? key, WrittenState written) : base(message)
    {
        Key = key;
        Written = written;
    }

    /// <summary>The event's key, once there is one. For a put of many, that of the event concerned.</summary>
    [Id(0)]
    public EventKey? Key { get; init; }

    /// <summary>What is known about the event.</summary>
    [Id(1)]
    public WrittenState Written { get; init; }

    /// <summary>The same failure for another event of the same block.</summary>
    public abstract PutException For(EventKey key);
}

/// <summary>There are fewer registered active peers (or zones, or regions) than requested. Nothing was written.</summary>
[GenerateSerializer, Alias("AllData.NotEnoughPeersException")]
public sealed class NotEnoughPeersException(string message, int replicationFactor, int peersKnown, EventKey? key = null)
    : PutException(message, key, WrittenState.Nothing)
{
    /// <summary>The requested number of replicas.</summary>
    [Id(0)]
    public int ReplicationFactor { get; init; } = replicationFactor;

    /// <summary>Registered active peers known to the coordinator.</summary>
    [Id(1)]
    public int PeersKnown { get; init; } = peersKnown;

    /// <inheritdoc/>
    public override PutException For(EventKey key) =>
        new NotEnoughPeersException(Message, ReplicationFactor, PeersKnown, key) { Written = Written };
}

/// <summary>The event, the batch or the options of the put are not acceptable. Nothing was written.</summary>
[GenerateSerializer, Alias("AllData.InvalidEventException")]
public sealed class InvalidEventException(string message, EventKey? key = null) : PutException(message, key, WrittenState.Nothing)
{
    /// <inheritdoc/>
    public override PutException For(EventKey key) => new InvalidEventException(Message, key) { Written = Written };
}

/// <summary>The given key is malformed, lies outside the open intervals or is not one that a client may give. Nothing was written.</summary>
[GenerateSerializer, Alias("AllData.InvalidKeyException")]
public sealed class InvalidKeyException(string message, EventKey? key = null) : PutException(message, key, WrittenState.Nothing)
{
    /// <inheritdoc/>
    public override PutException For(EventKey key) => new InvalidKeyException(Message, key) { Written = Written };
}

/// <summary>The event or the batch is larger than the limit. Nothing was written.</summary>
[GenerateSerializer, Alias("AllData.EventTooLargeException")]
public sealed class EventTooLargeException(string message, long limit, long size, EventKey? key = null)
    : PutException(message, key, WrittenState.Nothing)
{
    /// <summary>Largest size allowed, bytes (or events, where the message says so).</summary>
    [Id(0)]
    public long Limit { get; init; } = limit;

    /// <summary>The size met, in the same unit.</summary>
    [Id(1)]
    public long Size { get; init; } = size;

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new EventTooLargeException(Message, Limit, Size, key);
}

/// <summary>Too much is waiting. Nothing was written; try again after <see cref="RetryAfter"/>.</summary>
[GenerateSerializer, Alias("AllData.OverloadedException")]
public sealed class OverloadedException(string message, TimeSpan retryAfter, EventKey? key = null)
    : PutException(message, key, WrittenState.Nothing)
{
    /// <summary>When to try again.</summary>
    [Id(0)]
    public TimeSpan RetryAfter { get; init; } = retryAfter;

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new OverloadedException(Message, RetryAfter, key);
}

/// <summary>
/// No key can be issued: this silo has no ordinal yet, its lease file cannot be written, its clock was set back so far that keys
/// would run more than one interval ahead of it, or its clock differs from the other silos' by more than keys may. Nothing was written; other silos are
/// not concerned.
/// </summary>
[GenerateSerializer, Alias("AllData.KeysUnavailableException")]
public sealed class KeysUnavailableException(string message) : PutException(message, null, WrittenState.Nothing)
{
    /// <summary>When to try again here, where that is known; another silo may have keys at once.</summary>
    [Id(0)]
    public TimeSpan? RetryAfter { get; init; }

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new KeysUnavailableException(Message) { Key = key, RetryAfter = RetryAfter };
}

/// <summary>
/// The event has a topic, and the gateway's silo is of an earlier version that would store it without. Nothing was written; a client tries other gateways.
/// </summary>
[GenerateSerializer, Alias("AllData.TopicsNotSupportedException")]
public sealed class TopicsNotSupportedException(string message) : PutException(message, null, WrittenState.Nothing)
{
    /// <inheritdoc/>
    public override PutException For(EventKey key) => new TopicsNotSupportedException(Message) { Key = key };
}

/// <summary>Why a replica was not stored.</summary>
/// <param name="Peer">The peer that was asked.</param>
/// <param name="Reason">A sentence.</param>
[GenerateSerializer, Immutable, Alias("AllData.ReplicaFailure")]
public sealed record ReplicaFailure([property: Id(0)] PeerId Peer, [property: Id(1)] string Reason);

/// <summary>The commit level can no longer be reached. The copies that exist stay.</summary>
[GenerateSerializer, Alias("AllData.CommitLevelNotReachedException")]
public sealed class CommitLevelNotReachedException(
    string message, int needed, ImmutableArray<Replica> holders, ImmutableArray<ReplicaFailure> failures, EventKey? key = null)
    : PutException(message, key, holders.IsDefaultOrEmpty ? WrittenState.Unknown : WrittenState.SomeCopies)
{
    /// <summary>Replicas that the level needs.</summary>
    [Id(0)]
    public int Needed { get; init; } = needed;

    /// <summary>Peers that hold it durably.</summary>
    [Id(1)]
    public ImmutableArray<Replica> Holders { get; init; } = holders;

    /// <summary>Peers that failed, and why.</summary>
    [Id(2)]
    public ImmutableArray<ReplicaFailure> Failures { get; init; } = failures;

    /// <inheritdoc/>
    public override PutException For(EventKey key) =>
        new CommitLevelNotReachedException(Message, Needed, Holders, Failures, key) { Written = Written };
}

/// <summary>
/// The put's deadline passed while peers had yet to answer, or too few peers have said what they hold under a given key, so that nothing was put
/// under it (<see cref="PutException.Written"/> says which). Retry with the same key: the event is found if it is stored.
/// </summary>
[GenerateSerializer, Alias("AllData.PutOutcomeUnknownException")]
public sealed class PutOutcomeUnknownException(
    string message, ImmutableArray<Replica> holders, ImmutableArray<PeerId> pending, EventKey? key = null)
    : PutException(message, key, WrittenState.Unknown)
{
    /// <summary>Peers that hold it durably.</summary>
    [Id(0)]
    public ImmutableArray<Replica> Holders { get; init; } = holders;

    /// <summary>Peers that have not answered.</summary>
    [Id(1)]
    public ImmutableArray<PeerId> Pending { get; init; } = pending;

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new PutOutcomeUnknownException(Message, Holders, Pending, key) { Written = Written };
}

/// <summary>The key is taken by an event with other bytes, which stands. Nothing was overwritten.</summary>
[GenerateSerializer, Alias("AllData.KeyConflictException")]
public sealed class KeyConflictException(string message, KeyConflict conflict)
    : PutException(message, conflict.Key, WrittenState.Nothing)
{
    /// <summary>The key and both digests.</summary>
    [Id(0)]
    public KeyConflict Conflict { get; init; } = conflict;

    /// <inheritdoc/>
    public override PutException For(EventKey key) => key == Conflict.Key
        ? this
        : new CommitLevelNotReachedException($"Another event of its block was refused: {Message} Retry with the same key.", 0, [], [], key)
        {
            Written = Written,
        };
}

/// <summary>The gateway belongs to another store than the one that this client has come to know. Nothing was written there.</summary>
[GenerateSerializer, Alias("AllData.OtherStoreException")]
public sealed class OtherStoreException(string message, Guid expected, Guid actual, EventKey? key = null)
    : PutException(message, key, WrittenState.Nothing)
{
    /// <summary>The store that was meant.</summary>
    [Id(0)]
    public Guid Expected { get; init; } = expected;

    /// <summary>The gateway's store.</summary>
    [Id(1)]
    public Guid Actual { get; init; } = actual;

    /// <inheritdoc/>
    public override PutException For(EventKey key) => new OtherStoreException(Message, Expected, Actual, key);
}
