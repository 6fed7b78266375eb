using System.Collections.Immutable;
using AllData.Peers;

namespace AllData.Reports;

/// <summary>How a peer's repair stands. Counts are those of its process since the process began.</summary>
[GenerateSerializer, Immutable, Alias("AllData.RepairReport")]
public sealed record RepairReport
{
    /// <summary>Whether everything was compared with every other registered peer, all of them alive, and no copy is known to be missing.</summary>
    [Id(0)]
    public required bool IsCaughtUp { get; init; }

    /// <summary>Blocks that the peer is responsible for and known to be missing: at least this many.</summary>
    [Id(1)]
    public required long MissingBlocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(2)]
    public required long MissingEvents { get; init; }

    /// <summary>The earliest minute with a missing copy; null if there is none.</summary>
    [Id(3)]
    public DateTimeOffset? OldestMissing { get; init; }

    /// <summary>Blocks that are known to be damaged and not repaired yet.</summary>
    [Id(4)]
    public required long DamagedBlocks { get; init; }

    /// <summary>Blocks fetched from other peers.</summary>
    [Id(5)]
    public required long FetchedBlocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(6)]
    public required long FetchedEvents { get; init; }

    /// <summary>Bytes of all blocks fetched, those that had come in between included.</summary>
    [Id(7)]
    public required long FetchedBytes { get; init; }

    /// <summary>Blocks fetched that had come in between.</summary>
    [Id(8)]
    public required long KnownBlocks { get; init; }

    /// <summary>Damaged blocks fetched again.</summary>
    [Id(9)]
    public required long MendedBlocks { get; init; }

    /// <summary>The comparisons with the other peers.</summary>
    [Id(10)]
    public required ImmutableArray<ComparisonReport> Peers { get; init; }

    /// <summary>
    /// For each other cluster of the store, up to when its peers hold what they are responsible for of this peer's blocks; empty where the store has one
    /// cluster.
    /// </summary>
    [Id(11)]
    public ImmutableArray<ClusterWatermark> Watermarks { get; init; } = [];
}

/// <summary>Up to when another cluster holds its copies of what a peer of this cluster holds.</summary>
/// <param name="Cluster">The other cluster's name.</param>
/// <param name="HeldUpTo">
/// Everything of this peer's with a key before this time that the cluster's peers are responsible for was held by all of them, durably, when it was last
/// compared, and puts that come later have later keys, unless the keys were given or reserved. Null: not everything has been compared yet.
/// </param>
[GenerateSerializer, Immutable, Alias("AllData.ClusterWatermark")]
public sealed record ClusterWatermark([property: Id(0)] string Cluster, [property: Id(1)] DateTimeOffset? HeldUpTo);

/// <summary>How a peer's comparison with another one stands.</summary>
/// <param name="Peer">The other peer.</param>
/// <param name="IsCaughtUp">Whether everything was compared with it and no copy is known to be missing.</param>
/// <param name="WaitingMinutes">Minutes that wait to be compared.</param>
/// <param name="MissingBlocks">The other peer's blocks that this peer is responsible for and known to be missing.</param>
/// <param name="Problem">Why the last try failed; null when it did not.</param>
/// <param name="FetchedBytes">Bytes of the blocks that were fetched from it since the process began.</param>
[GenerateSerializer, Immutable, Alias("AllData.ComparisonReport")]
public sealed record ComparisonReport(
    [property: Id(0)] PeerId Peer,
    [property: Id(1)] bool IsCaughtUp,
    [property: Id(2)] int WaitingMinutes,
    [property: Id(3)] long MissingBlocks,
    [property: Id(4)] string? Problem,
    [property: Id(5)] long FetchedBytes = 0);
