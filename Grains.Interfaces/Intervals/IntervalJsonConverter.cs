using System.Text.Json;
using System.Text.Json.Serialization;

namespace AllData.Intervals;

/// <summary>Writes an interval as ISO 8601 does, start and length: <c>20261122T000000/P1D</c>, UTC.</summary>
public sealed class IntervalJsonConverter : JsonConverter<Interval>
{
    /// <inheritdoc/>
    public override Interval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && IntervalText.Parse(reader.GetString()!) is { } interval
            ? interval
            : throw new JsonException("An interval is a string of start and length, for example 20261122T000000/P1D.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options) => writer.WriteStringValue(IntervalText.Of(value));
}
