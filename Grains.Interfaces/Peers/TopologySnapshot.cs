using System.Collections.Immutable;

namespace AllData.Peers;

/// <summary>The registry's list of registered peers at one version. It does not say which are alive: each silo adds that itself.</summary>
[GenerateSerializer, Immutable, Alias("AllData.TopologySnapshot")]
public sealed record TopologySnapshot
{
    /// <summary>How many versions the registry may at most be ahead of a topology that a silo knows: each change raises the version by one.</summary>
    public const long MaxJump = 1_000_000;

    /// <summary>Rises with every change; 0 is the empty topology before the first.</summary>
    [Id(0)]
    public required long Version { get; init; }

    /// <summary>The cluster; its registry made it once.</summary>
    [Id(1)]
    public required Guid ClusterId { get; init; }

    /// <summary>Length of a consolidation interval, one for the whole cluster.</summary>
    [Id(2)]
    public required TimeSpan IntervalLength { get; init; }

    /// <summary>Registered peers, in the order of their names.</summary>
    [Id(3)]
    public required ImmutableArray<PeerDescriptor> Peers { get; init; }

    /// <summary>Every ordinal ever given, dropped peers and former directories included, ascending.</summary>
    [Id(4)]
    public required ImmutableArray<DirectoryOrdinal> Ordinals { get; init; }

    /// <summary>The replacement log: the peers whose place in their copysets others have taken, ascending by version.</summary>
    [Id(5)]
    public ImmutableArray<PeerReplacement> Replacements
    {
        // An older silo sends none; a missing array is not even empty.
        get => field.IsDefault ? [] : field;
        init;
    } = [];
}

/// <summary>A registered peer as an operator sees it: what the registry says and whether a silo hosts it now.</summary>
/// <param name="Peer">What the registry says.</param>
/// <param name="Alive">Whether an active silo hosts it, as far as the answering silo knows.</param>
[GenerateSerializer, Immutable, Alias("AllData.PeerView")]
public sealed record PeerView([property: Id(0)] PeerDescriptor Peer, [property: Id(1)] bool Alive)
{
    /// <summary>Whether it is drained and a count has confirmed that all it holds has its copies elsewhere: it can be dropped, running or stopped.</summary>
    [Id(2)]
    public bool IsDrained { get; init; }

    /// <summary>Since when no silo hosts it, as far as the registry has seen; null while one does, or where that is not known.</summary>
    [Id(3)]
    public DateTimeOffset? AwaySince { get; init; }

    /// <summary>How long from now until others take its place; null while it is alive, or where they have taken it or will not.</summary>
    [Id(4)]
    public TimeSpan? ReplacedIn { get; init; }
}
