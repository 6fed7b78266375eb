using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Events;

namespace AllData.Events;

/// <summary>Writes a digest as its 32 hexadecimal digits.</summary>
public sealed class EventDigestJsonConverter : JsonConverter<EventDigest>
{
    private const int Digits = 2 * EventDigest.BinaryLength;

    /// <inheritdoc/>
    public override EventDigest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { Length: Digits } text && text.All(char.IsAsciiHexDigit)
            ? new EventDigest(UInt128.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            : throw new JsonException($"A digest is a string of {Digits} hexadecimal digits.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, EventDigest value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
