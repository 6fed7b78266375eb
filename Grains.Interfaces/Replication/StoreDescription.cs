using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Replication;

/// <summary>Which store a gateway belongs to, and what it takes.</summary>
[GenerateSerializer, Immutable, Alias("AllData.StoreDescription")]
public sealed record StoreDescription
{
    /// <summary>The store, as its registry has named it once; null as long as the gateway does not know it.</summary>
    [Id(0)]
    public Guid? Store { get; init; }

    /// <summary>The gateway's peer.</summary>
    [Id(1)]
    public required PeerId Peer { get; init; }

    /// <summary>Where Orleans clients reach it, <c>host:port</c>; empty where it is no gateway.</summary>
    [Id(2)]
    public string Gateway { get; init; } = "";

    /// <summary>Largest event, bytes.</summary>
    [Id(3)]
    public required int MaxEventBytes { get; init; }

    /// <summary>Events of a put of many, at most.</summary>
    [Id(4)]
    public required int MaxPutManyEvents { get; init; }

    /// <summary>Bytes of the events of a put of many, at most.</summary>
    [Id(5)]
    public required int MaxPutManyBytes { get; init; }

    /// <summary>Ids that clusters of the store had before they joined it: a client that knows the store by one of them has come to the right one.</summary>
    [Id(6)]
    public ImmutableArray<Guid> Aliases
    {
        // An older silo sends none, and what is not sent is not even empty.
        get => field.IsDefault ? [] : field;
        init;
    } = [];

    /// <summary>The ordinal in the keys that it issues; null as long as it has none, and from a silo of an earlier version.</summary>
    [Id(7)]
    public int? Ordinal { get; init; }

    /// <summary>Whether it knows topics (<see cref="PutOptions.Topic"/>): a silo of an earlier version would store the event without.</summary>
    [Id(8)]
    public bool TakesTopics { get; init; }
}
