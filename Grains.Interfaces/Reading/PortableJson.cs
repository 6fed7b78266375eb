using System.Buffers;
using System.Globalization;
using AllData.Events;

namespace AllData.Reading;

/// <summary>
/// Distinguishes payloads that every JSON reader accepts from those that only some accept. RFC 8259 (§8.2) allows half of a surrogate pair as an
/// escape in a string, <c>"\ud800"</c>, and says that the behaviour of readers is unpredictable: many fail, and with them a query over a whole file.
/// </summary>
public static class PortableJson
{
    private static readonly SearchValues<byte> Starts = SearchValues.Create("{[\"-0123456789tfn \t\r\n"u8);

    /// <summary>Whether it is JSON, as the store's HTTP interface requires.</summary>
    /// <param name="payload">Any bytes.</param>
    // The first byte shows most of what is not JSON, without the cost of the JSON reader's exception.
    public static bool IsJson(ReadOnlySpan<byte> payload) => payload.Length > 0 && Starts.Contains(payload[0]) && JsonCheck.FindFault(payload) is null;

    /// <summary>Whether it is JSON that every reader accepts.</summary>
    /// <param name="payload">Any bytes.</param>
    public static bool IsPortable(ReadOnlySpan<byte> payload) => IsJson(payload) && !HasLoneSurrogate(payload);

    private static bool HasLoneSurrogate(ReadOnlySpan<byte> json)
    {
        // Most payloads have no such escape at all, and are scanned at memory speed.
        for (var at = json.IndexOf("\\u"u8) < 0 ? json.Length : 0; at < json.Length;)
        {
            var next = json[at..].IndexOf((byte)'\\');
            if (next < 0)
            {
                return false;
            }

            at += next;
            switch (UnitAt(json, at))
            {
                case null:
                    at += 2;
                    break;
                case { } unit when char.IsHighSurrogate(unit):
                    if (UnitAt(json, at + 6) is not { } low || !char.IsLowSurrogate(low))
                    {
                        return true;
                    }

                    at += 12;
                    break;
                case { } unit when char.IsLowSurrogate(unit):
                    return true;
                default:
                    at += 6;
                    break;
            }
        }

        return false;
    }

    /// <summary>The UTF-16 unit that an escape stands for; null where there is no such escape.</summary>
    private static char? UnitAt(ReadOnlySpan<byte> json, int at) =>
        at + 6 <= json.Length && json[at] == '\\' && json[at + 1] == 'u'
            && ushort.TryParse(json.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)
            ? (char)unit
            : null;
}
