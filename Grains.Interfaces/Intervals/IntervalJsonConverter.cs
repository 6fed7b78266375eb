using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Xml;

namespace AllData.Intervals;

/// <summary>Writes an interval as ISO 8601 does, start and length: <c>20261122T000000/P1D</c>, UTC.</summary>
public sealed class IntervalJsonConverter : JsonConverter<Interval>
{
    private const string StartFormat = "yyyyMMdd'T'HHmmss";

    /// <inheritdoc/>
    public override Interval Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && Parse(reader.GetString()!) is { } interval
            ? interval
            : throw new JsonException("An interval is a string of start and length, for example 20261122T000000/P1D.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Interval value, JsonSerializerOptions options) =>
        writer.WriteStringValue($"{value}/{XmlConvert.ToString(TimeSpan.FromMilliseconds(value.LengthMilliseconds))}");

    private static Interval? Parse(string text)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var length = Interval.AllowedLengths.FirstOrDefault(l => text.EndsWith("/" + XmlConvert.ToString(l), StringComparison.Ordinal));
        return length != default
            && DateTimeOffset.TryParseExact(text[..text.IndexOf('/', StringComparison.Ordinal)], StartFormat, CultureInfo.InvariantCulture, Utc, out var start)
            && Interval.TryCreate(start.ToUnixTimeMilliseconds(), (long)length.TotalMilliseconds, out var interval)
                ? interval
                : null;
    }
}
