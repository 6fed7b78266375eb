using System.Collections.Immutable;
using AllData.Coordination;
using AllData.Intervals;
using AllData.Peers;
using AllData.Reports;

namespace AllData.Replicas;

/// <summary>What a silo says of itself and its peer to the console. Counts are those of its process since the process began.</summary>
[GenerateSerializer, Immutable, Alias("AllData.PeerFigures")]
internal sealed record PeerFigures
{
    /// <summary>Links, conditions, peers and problems that are named, at most.</summary>
    public const int MaxNamed = 32;

    /// <summary>Intervals that are described, at most.</summary>
    public const int MaxIntervals = 96;

    /// <summary>The peer.</summary>
    [Id(0)]
    public required PeerId Peer { get; init; }

    /// <summary>Version of the program.</summary>
    [Id(1)]
    public string ProgramVersion { get; init; } = "";

    /// <summary>Tells its process from the one before: counts of another one begin again.</summary>
    [Id(2)]
    public Guid Process { get; init; }

    /// <summary>Whether the peer stores.</summary>
    [Id(3)]
    public bool Stores { get; init; }

    /// <summary>Blocks held.</summary>
    [Id(4)]
    public long Blocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(5)]
    public long Events { get; init; }

    /// <summary>What its coordinator has answered to puts.</summary>
    [Id(6)]
    public ImmutableArray<PutSeries> Puts { get; init; } = [];

    /// <summary>Which peers its coordinator has sent replicas to instead of which.</summary>
    [Id(7)]
    public ImmutableArray<ReplacementTally> Replacements { get; init; } = [];

    /// <summary>How its repair stands.</summary>
    [Id(8)]
    public RepairFigures Repair { get; init; } = new();

    /// <summary>What an operator has to know of it.</summary>
    [Id(9)]
    public ImmutableArray<SiloCondition> Conditions { get; init; } = [];

    /// <summary>Its links to the other clusters of its store.</summary>
    [Id(10)]
    public ImmutableArray<LinkReport> Links { get; init; } = [];

    /// <summary>Peers that have a silo and that its coordinator goes around, because they were silent or failed a moment ago.</summary>
    [Id(11)]
    public ImmutableArray<PeerId> Avoided { get; init; } = [];

    /// <summary>Copies of an event that its puts wait for, where they do not say otherwise.</summary>
    [Id(12)]
    public int CopiesAwaited { get; init; } = 1;

    /// <summary>The newest intervals that it holds something of, ascending; empty where they were not asked for.</summary>
    [Id(13)]
    public ImmutableArray<StoredInterval> Intervals { get; init; } = [];

    /// <summary>Whether <see cref="Intervals"/> were asked for.</summary>
    [Id(14)]
    public bool HasIntervals { get; init; }
}
