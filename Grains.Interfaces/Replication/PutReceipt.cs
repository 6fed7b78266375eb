using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AllData.Errors;
using AllData.Events;
using AllData.Peers;

namespace AllData.Replication;

/// <summary>A durable copy of an event: the peer that holds it and where that peer is.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Location">Its region and zone when the put was planned.</param>
[GenerateSerializer, Immutable, Alias("AllData.Replica"), JsonConverter(typeof(ReplicaJsonConverter))]
public sealed record Replica([property: Id(0)] PeerId Peer, [property: Id(1)] PeerLocation Location)
{
    /// <summary><c>peer (region/zone)</c>.</summary>
    public override string ToString() => $"{Peer} ({Location})";
}

/// <summary>What the caller of a successful put gets.</summary>
/// <param name="Key">The event's key.</param>
/// <param name="Outcome">Whether this put wrote it or it was there already.</param>
/// <param name="Replicas">The peers that hold it durably at the moment of the reply, at least as many as the level needs.</param>
/// <param name="Level">The level that was reached.</param>
/// <param name="Adherence">
/// Whether the replicas lie where the policy wants them; of an event that was there already: where the copysets of the blocks that hold it want them.
/// </param>
[GenerateSerializer, Immutable, Alias("AllData.PutReceipt"), JsonConverter(typeof(PutReceiptJsonConverter))]
public sealed record PutReceipt(
    [property: Id(0)] EventKey Key,
    [property: Id(1)] PutOutcome Outcome,
    [property: Id(2)] ImmutableArray<Replica> Replicas,
    [property: Id(3)] CommitLevel Level,
    [property: Id(4)] Adherence Adherence)
{
    /// <summary>
    /// Peers that were sent the event and had not answered at the moment of the reply. Do not count on them yet: the work continues after the reply
    /// until there are as many replicas as the replication factor says.
    /// </summary>
    [Id(5)]
    public ImmutableArray<Replica> Pending { get; init; } = [];

    /// <summary>
    /// The regions of its copies. Null where there is nothing to say of them: the store has one cluster, and the put has no
    /// <see cref="PutOptions.Else"/>.
    /// </summary>
    [Id(6)]
    public RegionCoverage? Regions { get; init; }

    /// <summary>The event's topic; null: it has none.</summary>
    [Id(7)]
    public Topic? Topic { get; init; }

    /// <summary>The regions that are cut off and get their copy later; empty where none is.</summary>
    public ImmutableArray<RegionOutage> Owed => Regions is { Owed: { IsDefault: false } owed } ? owed : [];

    /// <summary>Whether the put was content with its other level (<see cref="PutOptions.Else"/>), because regions were cut off.</summary>
    public bool HasFallenBack => Regions?.FellBack ?? false;
}
