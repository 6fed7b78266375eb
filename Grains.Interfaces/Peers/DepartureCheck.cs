using System.Collections.Immutable;
using AllData.Events;

namespace AllData.Peers;

/// <summary>What the departure of a peer would leave, as far as it has been looked at.</summary>
[GenerateSerializer, Immutable, Alias("AllData.DepartureCheck")]
public sealed record DepartureCheck
{
    /// <summary>Minutes of key time that have been looked at.</summary>
    [Id(0)]
    public required long MinutesChecked { get; init; }

    /// <summary>Minutes of key time there are, from the first block to the last.</summary>
    [Id(1)]
    public required long MinutesTotal { get; init; }

    /// <summary>Blocks looked at: those that the peer holds, or all where it does not answer.</summary>
    [Id(2)]
    public required long Blocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(3)]
    public required long Events { get; init; }

    /// <summary>What would be left with too few copies without this peer, ascending by copies left; empty when it can go.</summary>
    [Id(4)]
    public required ImmutableArray<CopyShortage> Shortages { get; init; }

    /// <summary>Peers that could not be asked, the departing one included: their copies are not counted.</summary>
    [Id(5)]
    public required ImmutableArray<PeerId> NotAnswering { get; init; }

    /// <summary>Whether everything has been looked at.</summary>
    [Id(6)]
    public required bool IsEnded { get; init; }
}

/// <summary>Blocks that would have too few copies.</summary>
/// <param name="CopiesLeft">Copies that would be left.</param>
/// <param name="CopiesAsked">The number of copies that the blocks request.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Oldest">First key of the earliest minute with such a block.</param>
[GenerateSerializer, Immutable, Alias("AllData.CopyShortage")]
public sealed record CopyShortage(
    [property: Id(0)] int CopiesLeft, [property: Id(1)] int CopiesAsked, [property: Id(2)] long Blocks, [property: Id(3)] long Events,
    [property: Id(4)] EventKey Oldest);
