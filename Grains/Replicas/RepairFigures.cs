namespace AllData.Replicas;

/// <summary>How a peer's repair stands, without its comparisons one by one: of these there are as many as peers.</summary>
[GenerateSerializer, Immutable, Alias("AllData.RepairFigures")]
internal sealed record RepairFigures
{
    /// <summary>Whether everything was compared with every other registered peer, all of them alive, and no copy is known to be missing.</summary>
    [Id(0)]
    public bool IsCaughtUp { get; init; }

    /// <summary>Blocks that the peer is responsible for and known to be missing: at least this many.</summary>
    [Id(1)]
    public long MissingBlocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(2)]
    public long MissingEvents { get; init; }

    /// <summary>The earliest minute with a missing copy, or null.</summary>
    [Id(3)]
    public DateTimeOffset? OldestMissing { get; init; }

    /// <summary>Blocks that are known to be damaged and not repaired yet.</summary>
    [Id(4)]
    public long DamagedBlocks { get; init; }

    /// <summary>Blocks fetched from other peers that were missing.</summary>
    [Id(5)]
    public long FetchedBlocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(6)]
    public long FetchedEvents { get; init; }

    /// <summary>Bytes of all blocks fetched.</summary>
    [Id(7)]
    public long FetchedBytes { get; init; }

    /// <summary>Damaged blocks fetched again.</summary>
    [Id(8)]
    public long MendedBlocks { get; init; }

    /// <summary>Minutes that wait to be compared with other peers.</summary>
    [Id(9)]
    public long WaitingMinutes { get; init; }
}
