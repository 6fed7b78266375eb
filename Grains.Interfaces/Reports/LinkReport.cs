using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AllData.Json;

namespace AllData.Reports;

/// <summary>What a silo knows of the way to another cluster of its store.</summary>
[JsonConverter(typeof(CamelCaseEnumConverter<LinkState>))]
public enum LinkState
{
    /// <summary>Questions are answered in time.</summary>
    Up = 0,

    /// <summary>An answer is missing. Puts still go there: it may have been one packet.</summary>
    Doubtful = 1,

    /// <summary>Nothing is answered. A put plans without the cluster, and so the link costs it nothing.</summary>
    CutOff = 2,

    /// <summary>Answers come again, but not for long enough to rely on them: repair goes there, puts do not yet.</summary>
    Healing = 3,
}

/// <summary>The link of a silo to another cluster of its store.</summary>
/// <param name="Cluster">The other cluster's number in the federation document.</param>
/// <param name="Name">Its name there.</param>
/// <param name="Regions">The regions that it covers.</param>
/// <param name="State">What the silo knows of the way to it.</param>
/// <param name="Since">Since when, by the silo's clock.</param>
[GenerateSerializer, Immutable, Alias("AllData.LinkReport")]
public sealed record LinkReport(
    [property: Id(0)] int Cluster,
    [property: Id(1)] string Name,
    [property: Id(2)] ImmutableArray<string> Regions,
    [property: Id(3)] LinkState State,
    [property: Id(4)] DateTimeOffset Since)
{
    /// <summary>Whether the other cluster says that this one was dropped from the store: it takes nothing over, in whichever state the link is.</summary>
    [Id(5)]
    public bool HasDropped { get; init; }
}
