using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Replication;

/// <summary>
/// A whole block: the bytes that travel are the bytes that are stored. The array is never written to once it is wrapped.
/// </summary>
/// <param name="Bytes">Header and packed records, as docs/block-format.md describes them.</param>
[GenerateSerializer, Immutable, Alias("AllData.BlockBytes")]
public readonly record struct BlockBytes([property: Id(0)] byte[] Bytes);

/// <summary>What a replica did with a block.</summary>
public enum AppendStatus
{
    /// <summary>Written and flushed.</summary>
    Stored = 0,

    /// <summary>The same block was there already, flushed.</summary>
    AlreadyStored = 1,

    /// <summary>The replica's queue is full: back-pressure, not a failure. Nothing was written.</summary>
    Overloaded = 2,

    /// <summary>The replica does not take new blocks (failed or full storage). Nothing was written.</summary>
    ReadOnly = 3,

    /// <summary>The block's interval is not open at this replica. Final: nothing was written, and it is not moved elsewhere.</summary>
    IntervalNotOpen = 4,

    /// <summary>A given key is held with other bytes. Final: nothing was written or overwritten.</summary>
    Conflict = 5,

    /// <summary>The bytes are not a block of this cluster or their digest does not match. Final: nothing was written.</summary>
    Invalid = 6,

    /// <summary>Writing or flushing failed: the block may or may not survive, and does not count. The replica is read-only from now on.</summary>
    Failed = 7,
}

/// <summary>A replica's answer to a block.</summary>
/// <param name="Status">What it did.</param>
/// <param name="Reason">A sentence for people when it did not store; otherwise null.</param>
/// <param name="Conflict">The first conflicting key, when <see cref="AppendStatus.Conflict"/>.</param>
/// <param name="RetryAfter">When to try again, when <see cref="AppendStatus.Overloaded"/>.</param>
[GenerateSerializer, Immutable, Alias("AllData.AppendReply")]
public sealed record AppendReply(
    [property: Id(0)] AppendStatus Status,
    [property: Id(1)] string? Reason = null,
    [property: Id(2)] KeyConflict? Conflict = null,
    [property: Id(3)] TimeSpan? RetryAfter = null)
{
    /// <summary>Written and flushed by this call.</summary>
    public static AppendReply Stored { get; } = new(AppendStatus.Stored);

    /// <summary>There already, flushed.</summary>
    public static AppendReply AlreadyStored { get; } = new(AppendStatus.AlreadyStored);
}

/// <summary>Two events under one key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Held">Digest of the event that is held.</param>
/// <param name="Offered">Digest of the event that was refused.</param>
[GenerateSerializer, Immutable, Alias("AllData.KeyConflict")]
public sealed record KeyConflict([property: Id(0)] EventKey Key, [property: Id(1)] EventDigest Held, [property: Id(2)] EventDigest Offered);

/// <summary>A given key and the digest of the event to be put under it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Digest">The digest of key and payload.</param>
[GenerateSerializer, Immutable, Alias("AllData.KeyDigest")]
public readonly record struct KeyDigest([property: Id(0)] EventKey Key, [property: Id(1)] EventDigest Digest);

/// <summary>What a replica holds under a key, durably: no digest when nothing, two or more when copies in conflict have met.</summary>
/// <param name="Key">The requested key.</param>
/// <param name="Digests">The distinct digests held.</param>
[GenerateSerializer, Immutable, Alias("AllData.HeldKey")]
public sealed record HeldKey([property: Id(0)] EventKey Key, [property: Id(1)] ImmutableArray<EventDigest> Digests)
{
    /// <summary>
    /// Set only if the key was asked about in order to put an event: the digest of another event that came first, whose put may still be in flight.
    /// The replica takes no other event under this key.
    /// </summary>
    [Id(2)]
    public EventDigest? Claimed { get; init; }

    /// <summary>For each digest the copyset of a block that the event lies in here; empty where the peer does not say.</summary>
    [Id(3)]
    public ImmutableArray<CopysetDefinition> Copysets { get; init; } = [];
}

/// <summary>What a coordinator asks a replica before it puts events under given keys.</summary>
/// <param name="Claiming">Events that it wants to put: if nothing else came first, the replica promises to take no other event under their keys.</param>
/// <param name="Looking">Keys under which nothing is to be put; it only asks what is held.</param>
[GenerateSerializer, Immutable, Alias("AllData.KeyInquiry")]
public sealed record KeyInquiry(
    [property: Id(0)] ImmutableArray<KeyDigest> Claiming, [property: Id(1)] ImmutableArray<EventKey> Looking);

/// <summary>What an issuing silo says of a key.</summary>
public enum KeyIssuance
{
    /// <summary>Nothing: it is another data directory's, or the silo does not answer.</summary>
    NotKnown = 0,

    /// <summary>It may still be issued.</summary>
    Ahead = 1,

    /// <summary>It was issued or skipped: it will not be issued again.</summary>
    Passed = 2,
}
