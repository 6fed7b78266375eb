using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

namespace AllData.Peers;

/// <summary>
/// Where a peer is: a region and a zone in it, the two failure domains. A zone is always the pair: equal zone names in two regions
/// are different zones. Each is 1 to 63 printable characters, without white space around them.
/// </summary>
/// <param name="Region">The region.</param>
/// <param name="Zone">The zone within the region.</param>
[Immutable, Alias("AllData.PeerLocation")]
public readonly record struct PeerLocation([property: JsonPropertyName("region")] string Region, [property: JsonPropertyName("zone")] string Zone)
{
    /// <summary>Most characters of a region's or zone's name.</summary>
    public const int MaxLength = 63;

    /// <summary>Why the location is not valid: a sentence that names the rule; null when it is valid.</summary>
    [JsonIgnore]
    public string? Fault => FaultOf("region", Region) ?? FaultOf("zone", Zone);

    /// <summary><c>region/zone</c>.</summary>
    public override string ToString() => $"{Region}/{Zone}";

    /// <summary>Why a name is none of a region, a zone or another place: a sentence; null when it is one.</summary>
    internal static string? FaultOf(string what, string? name) => name is { Length: >= 1 and <= MaxLength } && IsPrintable(name)
        && name.AsSpan().Trim().Length == name.Length
        ? null
        : $"{UnprintableText.Show(name)} is not a {what}: give 1 to {MaxLength} printable characters, without white space around them.";

    // A name reaches logs, tables and terminals: it must not contain characters that move a cursor or reverse a line.
    private static bool IsPrintable(string name)
    {
        foreach (var rune in name.EnumerateRunes())
        {
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
                || rune == Rune.ReplacementChar)
            {
                return false;
            }
        }

        return true;
    }
}
