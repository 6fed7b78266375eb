using AllData.Events;

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

    /// <summary>
    /// The level that the put is content with, in any zones and regions, if what it asks for cannot be reached from its start because regions are cut
    /// off (<see cref="PutReceipt.HasFallenBack"/>). It must ask for less than the rest: refused without <see cref="MinZones"/> and
    /// <see cref="MinRegions"/>, unless it needs fewer replicas than <see cref="Level"/>. Default: none, such a put fails.
    /// </summary>
    [Id(4)]
    public CommitLevel? Else { get; init; }

    /// <summary>
    /// What the event is about: reading one topic costs what that topic holds. It belongs to the event: under one key, another topic is another event. Unlike
    /// the payload it is stored unencrypted. Default: none.
    /// </summary>
    [Id(5)]
    public Topic? Topic { get; init; }
}
