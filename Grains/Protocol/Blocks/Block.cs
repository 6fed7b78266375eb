using AllData.Events;
using AllData.Replication;

namespace AllData.Protocol.Blocks;

/// <summary>What a block's header says. The coordinator writes it once; it is the same at every peer that holds the block.</summary>
internal sealed record BlockHeader
{
    /// <summary>The cluster.</summary>
    public required Guid ClusterId { get; init; }

    /// <summary>The block's identity.</summary>
    public required BlockId Id { get; init; }

    /// <summary>Every key of the block lies in this minute.</summary>
    public required UnixMinute UnixMinute { get; init; }

    /// <summary>Whether the keys were given (retries, imports) and must be looked up, or are fresh and need no look-up.</summary>
    public required bool HasSuppliedKeys { get; init; }

    /// <summary>The requested replication factor; the copyset may be smaller.</summary>
    public required int ReplicationFactor { get; init; }

    /// <summary>The topology version that the copyset was drawn from.</summary>
    public required long TopologyVersion { get; init; }

    /// <summary>The peers meant to hold it.</summary>
    public required Copyset Copyset { get; init; }

    /// <summary>The topic of all its events; null: they have none.</summary>
    public Topic? Topic { get; init; }

    /// <summary>
    /// The position of its first event for readers that follow, if its keys came too late to be given in their order (<see cref="ArrivalKeys"/>); null: an
    /// event's position is its key.
    /// </summary>
    public EventKey? Arrival { get; init; }

    /// <summary>
    /// The id of its bucket: the copyset's, and with a topic one of both. So blocks of two topics are never compared with each other.
    /// </summary>
    public CopysetId BucketId => Copyset.IdWith(Topic);

    /// <summary>Number of events, at least one.</summary>
    public int EventCount { get; init; }

    /// <summary>Smallest key.</summary>
    public EventKey FirstKey { get; init; }

    /// <summary>Largest key.</summary>
    public EventKey LastKey { get; init; }

    /// <summary>Sum of the event digests; of late events, with <see cref="ArrivalKeys.DigestOf"/>.</summary>
    public EventDigest EventDigestSum { get; init; }

    /// <summary>Digest of the block from its cluster id on.</summary>
    public EventDigest BlockDigest { get; init; }
}

/// <summary>An event of a block that is being formed.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Payload">Its bytes, which must not change until the block is formed.</param>
/// <param name="Topic">Its topic; null: it has none.</param>
internal readonly record struct KeyedEvent(EventKey Key, ReadOnlyMemory<byte> Payload, Topic? Topic = null)
{
    /// <summary>What tells it from any other event: over key, payload and topic.</summary>
    public EventDigest Digest => EventDigest.Of(Key, Payload.Span, Topic);
}

/// <summary>A block that has been checked: its header and the bytes that travel and are stored.</summary>
internal sealed class Block
{
    private readonly int _recordsOffset;

    internal Block(BlockHeader header, byte[] bytes, int recordsOffset)
    {
        Header = header;
        Bytes = new BlockBytes(bytes);
        _recordsOffset = recordsOffset;
    }

    /// <summary>The header.</summary>
    public BlockHeader Header { get; }

    /// <summary>The whole block.</summary>
    public BlockBytes Bytes { get; }

    /// <summary>Walks the events, ascending by key.</summary>
    public PackedEventReader GetReader() => new(Bytes.Bytes.AsSpan(_recordsOffset), Header.Topic);
}
