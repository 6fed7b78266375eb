using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;

namespace AllData.Replication;

/// <summary>An event as it was read back.</summary>
/// <param name="Payload">The bytes that were put; empty where they cannot be read.</param>
/// <param name="Digest">Digest over key and payload as they are stored, checked when it was read.</param>
/// <param name="Holders">The peers that answered with it.</param>
[GenerateSerializer, Immutable, Alias("AllData.StoredEvent")]
public sealed record StoredEvent(
    [property: Id(0)] EventPayload Payload,
    [property: Id(1)] EventDigest Digest,
    [property: Id(2)] ImmutableArray<PeerId> Holders)
{
    /// <summary>Why the payload cannot be read; null where it can.</summary>
    [Id(3)]
    public UnreadablePayload? Unreadable { get; init; }

    /// <summary>Its topic; null: it has none.</summary>
    [Id(4)]
    public Topic? Topic { get; init; }
}

/// <summary>What is known about a key after asking the peers.</summary>
/// <param name="Key">The requested key.</param>
/// <param name="Events">
/// Empty: not found on any peer that answered. One: the event. Two or more: the key was put with different payloads through peers
/// that did not see each other; all are kept, none is preferred.
/// </param>
/// <param name="Silent">Registered peers that did not answer. "Not found" is certain only when there are none, and no <see cref="Doubt"/>.</param>
[GenerateSerializer, Immutable, Alias("AllData.ReadResult")]
public sealed record EventReadResult(
    [property: Id(0)] EventKey Key,
    [property: Id(1)] ImmutableArray<StoredEvent> Events,
    [property: Id(2)] ImmutableArray<PeerId> Silent)
{
    /// <summary>The store that answered; null where it is not known.</summary>
    [Id(10)]
    public Guid? Store { get; init; }

    /// <summary>The regions of the peers that hold an event under the key, in the order of their names; empty where the silo does not say.</summary>
    [Id(12)]
    public ImmutableArray<string> Regions { get; init; } = [];

    /// <summary>Why "not found" is not certain although no known peer was silent, a sentence; null where it is certain, or something was found.</summary>
    [Id(11)]
    public string? Doubt { get; init; }
}
