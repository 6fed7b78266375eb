using System.Collections.Immutable;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Copies;

/// <summary>What the storing peers of a store, those of its other clusters included, say of a key.</summary>
/// <param name="Store">All peers, ordinals and replacements of the store, as the silo that asked knows them.</param>
/// <param name="Asked">The storing peers, ascending by id.</param>
[GenerateSerializer, Immutable, Alias("AllData.FoundCopies")]
public sealed record FoundCopies([property: Id(0)] TopologySnapshot Store, [property: Id(1)] ImmutableArray<AskedPeer> Asked)
{
    /// <summary>The peers that have answered.</summary>
    internal IEnumerable<AskedPeer> Answers => Asked.Where(static asked => asked.Silence is null);

    /// <summary>The peers that have not answered, or were not asked.</summary>
    internal IEnumerable<AskedPeer> Silent => Asked.Where(static asked => asked.Silence is not null);
}

/// <summary>What a peer says of a key.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Held">The events that it holds under the key; empty where it holds none, or has not answered.</param>
/// <param name="Silence">Why it has not answered, a sentence; null where it has.</param>
[GenerateSerializer, Immutable, Alias("AllData.AskedPeer")]
public sealed record AskedPeer(
    [property: Id(0)] PeerId Peer, [property: Id(1)] ImmutableArray<HeldKey> Held, [property: Id(2)] string? Silence = null);
