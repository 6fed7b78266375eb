using System.Collections.Immutable;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Reports;

/// <summary>What a silo says of itself and its peer, now. Counts and times are those of its process since the process began.</summary>
[GenerateSerializer, Immutable, Alias("AllData.PeerReport")]
public sealed record PeerReport
{
    /// <summary>The peer.</summary>
    [Id(0)]
    public required PeerId Peer { get; init; }

    /// <summary>Its configured region and zone.</summary>
    [Id(1)]
    public required PeerLocation Location { get; init; }

    /// <summary>Version of the program.</summary>
    [Id(2)]
    public required string ProgramVersion { get; init; }

    /// <summary>The machine that it runs on.</summary>
    [Id(3)]
    public required MachineReport Machine { get; init; }

    /// <summary>What keeps its blocks and what is done before an answer, in the store's own words; null where none is open.</summary>
    [Id(4)]
    public string? Store { get; init; }

    /// <summary>What the silo asks of puts that do not say otherwise.</summary>
    [Id(5)]
    public required ReplicationReport Replication { get; init; }

    /// <summary>Length of a consolidation interval.</summary>
    [Id(6)]
    public required TimeSpan IntervalLength { get; init; }

    /// <summary>What the process has used.</summary>
    [Id(7)]
    public required ProcessReport Process { get; init; }

    /// <summary>Blocks held, damaged ones included; 0 for a peer that does not store.</summary>
    [Id(8)]
    public long Blocks { get; init; }

    /// <summary>Events in them; one that is held in two blocks counts twice.</summary>
    [Id(9)]
    public long Events { get; init; }

    /// <summary>Replicas that the silo's coordinator has sent to another peer than first meant.</summary>
    [Id(10)]
    public long Replacements { get; init; }

    /// <summary>How its repair stands; null for a peer that does not store.</summary>
    [Id(11)]
    public RepairReport? Repair { get; init; }

    /// <summary>Peers that the silo has seen leave.</summary>
    [Id(12)]
    public long TrueDeaths { get; init; }

    /// <summary>Peers that the silo went around as silent and that answered without having left.</summary>
    [Id(13)]
    public long FalseDeaths { get; init; }

    /// <summary>What an operator has to know of the silo; empty when all is well, default from a silo of an older version.</summary>
    [Id(14)]
    public ImmutableArray<SiloCondition> Conditions { get; init; } = [];

    /// <summary>Its links to the other clusters of its store; empty where there is one cluster, default from a silo of an older version.</summary>
    [Id(15)]
    public ImmutableArray<LinkReport> Links { get; init; } = [];

    /// <summary>Regions of its store that were dropped; empty where there are none, default from a silo of an older version.</summary>
    [Id(16)]
    public ImmutableArray<DroppedRegion> Dropped { get; init; } = [];
}

/// <summary>A machine, as a process on it sees it.</summary>
/// <param name="OperatingSystem">Its operating system, with version.</param>
/// <param name="Processor">The kind of its processors.</param>
/// <param name="Processors">Processors that the process may use.</param>
/// <param name="MemoryBytes">Memory that the process may use, bytes.</param>
[GenerateSerializer, Immutable, Alias("AllData.MachineReport")]
public sealed record MachineReport(
    [property: Id(0)] string OperatingSystem,
    [property: Id(1)] string Processor,
    [property: Id(2)] int Processors,
    [property: Id(3)] long MemoryBytes);

/// <summary>The replication that a silo is configured for.</summary>
/// <param name="Factor">Replicas of each event.</param>
/// <param name="OtherZoneReplicas">Of these, in other zones of the coordinator's region.</param>
/// <param name="OtherRegionReplicas">Of these, in other regions.</param>
/// <param name="Level">Replicas that a put waits for.</param>
[GenerateSerializer, Immutable, Alias("AllData.ReplicationReport")]
public sealed record ReplicationReport(
    [property: Id(0)] int Factor,
    [property: Id(1)] int OtherZoneReplicas,
    [property: Id(2)] int OtherRegionReplicas,
    [property: Id(3)] CommitLevel Level);

/// <summary>What a process has used.</summary>
/// <param name="CpuTime">Processor time, all threads.</param>
/// <param name="WorkingSetBytes">Memory that it occupies now, bytes.</param>
/// <param name="ManagedBytes">Of that, objects of the garbage-collected heap, bytes, garbage included.</param>
/// <param name="AllocatedBytes">Bytes allocated on that heap so far.</param>
/// <param name="GcPause">Time that the garbage collector has stopped it so far.</param>
[GenerateSerializer, Immutable, Alias("AllData.ProcessReport")]
public sealed record ProcessReport(
    [property: Id(0)] TimeSpan CpuTime,
    [property: Id(1)] long WorkingSetBytes,
    [property: Id(2)] long ManagedBytes,
    [property: Id(3)] long AllocatedBytes,
    [property: Id(4)] TimeSpan GcPause);
