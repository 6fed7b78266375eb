using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AllData.Puts;
using AllData.Replication;

namespace AllData.Silo.Http.Ingest;

/// <summary>What the receipts of lines that share a block have in common, as HTTP shows it. What is null is left out.</summary>
/// <param name="Outcome">Whether they were there already.</param>
/// <param name="Adherence">Whether the copies lie where they are meant to.</param>
/// <param name="Replicas">The peers that hold them.</param>
internal sealed record LineReceiptDocument(PutOutcome Outcome, Adherence Adherence, ImmutableArray<ReplicaDocument> Replicas)
{
    /// <summary>The level that held, of a put that had two.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CommitLevel? Level { get; init; }

    /// <summary>In how many regions they are held and meant to be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RegionCountDocument? Regions { get; init; }

    /// <summary>The regions that are cut off and get their copy later.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<RegionOutage>? Owed { get; init; }

    /// <summary>Which branch held, of a put that had two.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public bool? FellBack { get; init; }

    /// <summary>Of an answer without an error.</summary>
    public static LineReceiptDocument Of(PutAnswer answer) => new(answer.Outcome, answer.Adherence, ReplicaDocument.From(answer.Replicas))
    {
        Level = answer.Regions?.FellBack is null ? null : answer.Level,
        Regions = answer.Regions is { } regions ? new RegionCountDocument(regions.Held, regions.Wanted) : null,
        Owed = answer.Regions?.Owed,
        FellBack = answer.Regions?.FellBack,
    };
}

/// <summary>In how many regions an event is held and meant to be held.</summary>
internal sealed record RegionCountDocument(int Held, int Wanted);
