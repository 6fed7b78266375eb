using System.Collections.Immutable;
using System.Text.Json;

namespace AllData.Replication;

/// <summary>
/// What a receipt says of regions, as members at its end: <c>"regions":{"held":1,"wanted":2},"owed":[{"region":"west","since":…}],"fellBack":true</c>.
/// Nothing where there is nothing to say, so that the receipts of a store of one cluster are as they always were.
/// </summary>
internal static class RegionCoverageJson
{
    private static readonly JsonEncodedText Regions = JsonEncodedText.Encode("regions");
    private static readonly JsonEncodedText Held = JsonEncodedText.Encode("held");
    private static readonly JsonEncodedText Wanted = JsonEncodedText.Encode("wanted");
    private static readonly JsonEncodedText Owed = JsonEncodedText.Encode("owed");
    private static readonly JsonEncodedText Region = JsonEncodedText.Encode("region");
    private static readonly JsonEncodedText Since = JsonEncodedText.Encode("since");
    private static readonly JsonEncodedText FellBack = JsonEncodedText.Encode("fellBack");

    /// <summary>Writes the members into the receipt that is being written.</summary>
    public static void Write(Utf8JsonWriter writer, RegionCoverage? coverage)
    {
        if (coverage is null)
        {
            return;
        }

        writer.WriteStartObject(Regions);
        writer.WriteNumber(Held, coverage.Held);
        writer.WriteNumber(Wanted, coverage.Wanted);
        writer.WriteEndObject();
        writer.WriteStartArray(Owed);
        foreach (var outage in coverage.Owed.IsDefault ? [] : coverage.Owed)
        {
            writer.WriteStartObject();
            writer.WriteString(Region, outage.Region);
            writer.WriteString(Since, outage.Since);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        if (coverage.FellBack is { } fellBack)
        {
            writer.WriteBoolean(FellBack, fellBack);
        }
    }

    /// <summary>Reads the members of a receipt; null when it has none of them.</summary>
    /// <exception cref="JsonException">They are not as they are written.</exception>
    public static RegionCoverage? Read(JsonElement receipt)
    {
        if (!receipt.TryGetProperty(Regions.EncodedUtf8Bytes, out var regions))
        {
            return null;
        }

        try
        {
            return new RegionCoverage(regions.GetProperty(Held.EncodedUtf8Bytes).GetInt32(), regions.GetProperty(Wanted.EncodedUtf8Bytes).GetInt32())
            {
                Owed = receipt.TryGetProperty(Owed.EncodedUtf8Bytes, out var owed) ? [.. owed.EnumerateArray().Select(ReadOutage)] : [],
                FellBack = receipt.TryGetProperty(FellBack.EncodedUtf8Bytes, out var fellBack) ? fellBack.GetBoolean() : null,
            };
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new JsonException("'regions' of a receipt is an object with the numbers 'held' and 'wanted', 'owed' an array of regions with 'since'.", e);
        }
    }

    private static RegionOutage ReadOutage(JsonElement outage) => new(
        outage.GetProperty(Region.EncodedUtf8Bytes).GetString() ?? "", outage.GetProperty(Since.EncodedUtf8Bytes).GetDateTimeOffset());
}
