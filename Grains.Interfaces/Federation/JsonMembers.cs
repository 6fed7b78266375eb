using System.Text.Json;
using AllData.Peers;

namespace AllData.Federation;

/// <summary>The members of a JSON object, each known and there once; complains of all that is not so, with the place.</summary>
internal sealed class JsonMembers
{
    private readonly Dictionary<string, JsonElement> _members = new(StringComparer.Ordinal);
    private readonly string _place;
    private readonly List<string> _faults;

    /// <summary>Looks at an object.</summary>
    /// <param name="element">The object.</param>
    /// <param name="place">Where it is in the document; empty for the document itself.</param>
    /// <param name="faults">Gets the complaints.</param>
    /// <param name="known">The members that it may have.</param>
    public JsonMembers(JsonElement element, string place, List<string> faults, params string[] known)
    {
        (_place, _faults) = (place, faults);
        if (element.ValueKind != JsonValueKind.Object)
        {
            _faults.Add($"{(place.Length == 0 ? "The document" : place)} is not an object {{…}} with {string.Join(", ", known)}.");
            return;
        }

        foreach (var member in element.EnumerateObject())
        {
            if (!known.Contains(member.Name))
            {
                _faults.Add($"{PlaceOf(Show(member.Name))} is not known. {(place.Length == 0 ? "The document" : place)} may have {string.Join(", ", known)}.");
            }
            else if (!_members.TryAdd(member.Name, member.Value))
            {
                Complain(member.Name, "is there twice. Leave one of the two out.");
            }
        }
    }

    /// <summary>A text from the document in a sentence.</summary>
    public static string Show(string text) => UnprintableText.Show(text);

    /// <summary>Whether there is a member.</summary>
    public bool Has(string name) => _members.ContainsKey(name);

    /// <summary>Complains of a member.</summary>
    public void Complain(string name, string complaint) => _faults.Add($"{PlaceOf(name)} {complaint}");

    /// <summary>A text that is not empty, or null.</summary>
    public string? Text(string name, bool isRequired = true)
    {
        if (Find(name, JsonValueKind.String, "a text", isRequired)?.GetString() is not { } text)
        {
            return null;
        }

        if (text.Length > 0)
        {
            return text;
        }

        Complain(name, "is empty.");
        return null;
    }

    /// <summary>A whole number within bounds, or null.</summary>
    public int? Number(string name, int min, int max)
    {
        if (Find(name, JsonValueKind.Number, "a whole number", isRequired: true) is not { } found)
        {
            return null;
        }

        if (found.TryGetInt32(out var number) && number >= min && number <= max)
        {
            return number;
        }

        Complain(name, $"is {Show(found.GetRawText())}: give a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>A count, 0 if it is missing.</summary>
    public long Count(string name)
    {
        if (Find(name, JsonValueKind.Number, "a whole number", isRequired: true) is not { } found)
        {
            return 0;
        }

        if (found.TryGetInt64(out var count) && count >= 0)
        {
            return count;
        }

        Complain(name, $"is {Show(found.GetRawText())}: give a whole number from 0 on.");
        return 0;
    }

    /// <summary>A list of texts; empty where there is none.</summary>
    public IReadOnlyList<string> Texts(string name, bool isRequired = false) =>
        [.. Items(name, JsonValueKind.String, "a text", isRequired).Select(static item => item.Element.GetString()!)];

    /// <summary>A list of objects, each with its place; empty where there is none.</summary>
    public IReadOnlyList<(JsonElement Element, string Place)> Objects(string name, bool isRequired = false) =>
        [.. Items(name, JsonValueKind.Object, "an object", isRequired)];

    /// <summary>The id that a text is; the empty one where it is none.</summary>
    public Guid IdOf(string name, string text)
    {
        if (Guid.TryParseExact(text, "D", out var id) && id != Guid.Empty)
        {
            return id;
        }

        Complain(name, $"has {Show(text)}: give a GUID that is not zero, for example 5b0cc8a4-1f0a-4a52-9a57-3c9b6f0a7d11.");
        return Guid.Empty;
    }

    private IEnumerable<(JsonElement Element, string Place)> Items(string name, JsonValueKind kind, string what, bool isRequired)
    {
        if (Find(name, JsonValueKind.Array, "a list", isRequired) is not { } list)
        {
            yield break;
        }

        if (isRequired && list.GetArrayLength() == 0)
        {
            Complain(name, "is empty: give at least one.");
        }

        foreach (var (index, item) in list.EnumerateArray().Index())
        {
            if (item.ValueKind == kind)
            {
                yield return (item, PlaceOf($"{name}[{index}]"));
            }
            else
            {
                Complain($"{name}[{index}]", $"is not {what}.");
            }
        }
    }

    private JsonElement? Find(string name, JsonValueKind kind, string what, bool isRequired)
    {
        if (!_members.TryGetValue(name, out var found))
        {
            if (isRequired)
            {
                Complain(name, $"is missing: give {what}.");
            }

            return null;
        }

        if (found.ValueKind == kind)
        {
            return found;
        }

        Complain(name, $"is not {what}.");
        return null;
    }

    private string PlaceOf(string name) => _place.Length == 0 ? name : $"{_place}.{name}";
}
