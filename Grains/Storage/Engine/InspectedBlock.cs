using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;

namespace AllData.Storage.Engine;

/// <summary>A block as it lies in an interval file.</summary>
/// <param name="Id">Its id, <c>ordinal.incarnation.sequence</c>.</param>
/// <param name="Copyset">The id of its copyset.</param>
/// <param name="Members">The ordinals of the copyset, ascending.</param>
/// <param name="FirstKey">First key, as the row says.</param>
/// <param name="LastKey">Last key, as the row says.</param>
/// <param name="Events">Number of events, as the row says.</param>
/// <param name="Bytes">Bytes of the block.</param>
/// <param name="Fault">What is wrong with it; null when it is intact.</param>
public sealed record InspectedBlock(
    string Id, CopysetId Copyset, ImmutableArray<int> Members, string FirstKey, string LastKey, long Events, int Bytes, string? Fault)
{
    // Null when the bytes are damaged.
    internal Block? Block { get; init; }

    /// <summary>The topic of its events; null: they have none, or the bytes are damaged.</summary>
    public Topic? Topic => Block?.Header.Topic;

    /// <summary>Walks the events, ascending by key.</summary>
    /// <exception cref="InvalidOperationException">The bytes are damaged.</exception>
    public PackedEventReader GetReader() =>
        Block is { } intact ? intact.GetReader() : throw new InvalidOperationException($"Block {Id} cannot be read: {Fault}");
}

/// <summary>Reads a file of an interval without a store and without a cluster. Changes nothing, in the file or next to it.</summary>
public interface IIntervalInspection : IDisposable
{
    /// <summary>What the file says of itself: peer, cluster, interval, state and, when closed, what it holds.</summary>
    ImmutableArray<KeyValuePair<string, string>> Meta { get; }

    /// <summary>The blocks in the order in which they lie there, each checked against its digest, what is noted beside it and its records.</summary>
    /// <exception cref="ReplicaStoreException">The rest of the file cannot be read.</exception>
    IEnumerable<InspectedBlock> Blocks();
}
