using System.Collections.Immutable;

namespace AllData.Peers;

/// <summary>What the departure of a whole region would lose, as far as it has been looked at.</summary>
[GenerateSerializer, Immutable, Alias("AllData.RegionCheck")]
public sealed record RegionCheck
{
    /// <summary>The region.</summary>
    [Id(0)]
    public required string Region { get; init; }

    /// <summary>The name of its cluster.</summary>
    [Id(1)]
    public required string Cluster { get; init; }

    /// <summary>What its peers hold together and what would have too few copies without them; repair completes that of which a copy is left.</summary>
    [Id(2)]
    public required DepartureCheck Check { get; init; }

    /// <summary>Blocks of which only its peers have a copy that can be read now: they would be lost.</summary>
    [Id(3)]
    public required long OnlyThereBlocks { get; init; }

    /// <summary>Events in them.</summary>
    [Id(4)]
    public required long OnlyThereEvents { get; init; }

    /// <summary>Its registered storing peers.</summary>
    [Id(5)]
    public required ImmutableArray<PeerId> Peers { get; init; }

    /// <summary>Those of them that take new copies: what they get from now on is not counted.</summary>
    [Id(6)]
    public required ImmutableArray<PeerId> Active { get; init; }

    /// <summary>Whether its cluster has ever said which peers it has.</summary>
    [Id(7)]
    public required bool IsKnown { get; init; }

    /// <summary>The store.</summary>
    [Id(8)]
    public required Guid Store { get; init; }

    /// <summary>The version of the federation document that the silo uses.</summary>
    [Id(9)]
    public required int DocumentVersion { get; init; }

    /// <summary>
    /// The highest version of the document that a silo of the store is known to use: above <see cref="DocumentVersion"/>, the region may have been dropped by
    /// it already. 0 from an older silo.
    /// </summary>
    [Id(10)]
    public int NewestVersion { get; init; }

    /// <summary>
    /// Whether its cluster's registry has said at the beginning and at the end of the count which peers there are; false from an older silo. Otherwise one that
    /// joined may be missing, with all that it holds.
    /// </summary>
    [Id(11)]
    public bool IsConfirmed { get; init; }

    /// <summary>Tells the document that the silo uses from others of its version; empty from an older silo.</summary>
    [Id(12)]
    public string DocumentDigest { get; init; } = "";

    /// <summary>Its peers that could not be asked: what they alone hold is not known.</summary>
    public IEnumerable<PeerId> Silent => Check.NotAnswering.Intersect(Peers);

    /// <summary>Why its peers may hold more alone than was counted, a sentence each; empty where nothing is left to doubt.</summary>
    public IEnumerable<string> Doubts()
    {
        if (!IsKnown)
        {
            yield return $"Cluster '{Cluster}' has never said here which peers it has: what they alone hold is not known.";
        }
        else if (!IsConfirmed)
        {
            yield return $"Cluster '{Cluster}' has not confirmed which peers it has: one that joined since may hold more.";
        }

        if (Silent.ToList() is { Count: > 0 } silent)
        {
            yield return $"No answer from {string.Join(", ", silent)}: what {(silent.Count == 1 ? "it alone holds" : "they alone hold")} is not known.";
        }

        if (Active.Except(Silent).ToList() is { Count: > 0 } active)
        {
            yield return $"New copies still go to {string.Join(", ", active)}: what comes from now on is not counted.";
        }

        if (!Check.IsEnded)
        {
            yield return "The count has not come to its end.";
        }
    }
}
