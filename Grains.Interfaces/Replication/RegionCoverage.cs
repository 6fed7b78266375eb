using System.Collections.Immutable;
using System.Globalization;

namespace AllData.Replication;

/// <summary>A region that cannot be reached now.</summary>
/// <param name="Region">The region.</param>
/// <param name="Since">Since when, as far as the silo that says so knows.</param>
[GenerateSerializer, Immutable, Alias("AllData.RegionOutage")]
public sealed record RegionOutage([property: Id(0)] string Region, [property: Id(1)] DateTimeOffset Since)
{
    /// <summary><c>west (cut off since 2026-01-02T03:04:05Z)</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Region} (cut off since {Since.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'})");
}

/// <summary>The regions of an event's copies at the moment of the reply.</summary>
/// <param name="Held">In how many regions it was held durably.</param>
/// <param name="Wanted">In how many it is meant to be held, or is demanded to be by the put, if that is more.</param>
[GenerateSerializer, Immutable, Alias("AllData.RegionCoverage")]
public sealed record RegionCoverage([property: Id(0)] int Held, [property: Id(1)] int Wanted)
{
    /// <summary>
    /// The regions that are meant to hold a copy, held none and could not be reached. They get it when they can be: nothing needs to be done for it.
    /// </summary>
    [Id(2)]
    public ImmutableArray<RegionOutage> Owed { get; init; } = [];

    /// <summary>
    /// Which branch of a put with <see cref="PutOptions.Else"/> held: true, the level named there, because regions were cut off; false, what was asked for
    /// first. Null of a put without it.
    /// </summary>
    [Id(3)]
    public bool? FellBack { get; init; }
}
