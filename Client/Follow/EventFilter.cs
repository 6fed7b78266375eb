using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json;

namespace AllData.Client.Follow;

/// <summary>A condition on an event's payload: the value of a field, <c>user.name=ann</c>.</summary>
/// <param name="path">Names of fields, from the outermost in.</param>
/// <param name="value">The field's text, or its JSON.</param>
internal sealed class EventFilter(string[] path, string value)
{
    /// <summary>The option <c>--filter</c>; it may be repeated, and then all conditions must hold.</summary>
    public static Option<EventFilter[]> CreateOption() => new("--filter")
    {
        Description = "Only events with this value in a field, as user.name=ann or size=3; repeated: with all of them.",
        HelpName = "FIELD=VALUE",
        CustomParser = static result => [.. result.Tokens.Select(token => Parse(token.Value, result)).OfType<EventFilter>()],
    };

    /// <summary>Whether a payload has the value. One that is not JSON has none.</summary>
    public bool Matches(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            var element = document.RootElement;
            foreach (var name in path)
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
                {
                    return false;
                }
            }

            return element.ValueKind == JsonValueKind.String ? element.ValueEquals(value) : element.GetRawText() == value;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static EventFilter? Parse(string text, ArgumentResult result)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals > 0)
        {
            return new EventFilter(text[..equals].Split('.'), text[(equals + 1)..]);
        }

        result.AddError($"'{text}' is not a filter. Give FIELD=VALUE, as user.name=ann.");
        return null;
    }
}
