namespace AllData.Replication;

/// <summary>What one put asks for; everything that is not set comes from the silo's options.</summary>
[GenerateSerializer, Immutable, Alias("AllData.PutOptions")]
public sealed record PutOptions
{
    /// <summary>Replicas to wait for. Default: the silo's commit level (QUORUM).</summary>
    [Id(0)]
    public CommitLevel? Level { get; init; }

    /// <summary>Zones that the counted replicas must lie in. Default: 1, that is no demand.</summary>
    [Id(1)]
    public int MinZones { get; init; } = 1;

    /// <summary>Regions that the counted replicas must lie in. Default: 1, that is no demand.</summary>
    [Id(2)]
    public int MinRegions { get; init; } = 1;

    /// <summary>Time after which the put answers that its outcome is unknown. Default: the silo's put deadline (10 s).</summary>
    [Id(3)]
    public TimeSpan? Deadline { get; init; }
}
