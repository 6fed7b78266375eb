using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AllData.Events;

namespace AllData.Reading;

/// <summary>Reads a bound of a range from text: a key, the beginning of one, or a time in ISO 8601.</summary>
public static class KeyBound
{
    private const string SmallestRest = "YYYYMMDDT000000000000000000";
    private const int DateLength = 8;

    private static readonly string[] TimeFormats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>The smallest key at or after what the text names; a time without an offset is UTC.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EventKey key)
    {
        key = default;
        return text is not null && (TryParsePrefix(text, out key) || TryParseTime(text, out key));
    }

    /// <summary>Why a text is not a bound, and what a bound looks like.</summary>
    public static string Fault(string text) =>
        $"'{text}' is not a time: give the beginning of a key (20261122, 20261122T10, or a whole key) or ISO 8601 (2026-11-22T10:00:00Z),"
        + " 1970 or later.";

    private static bool TryParsePrefix(string text, out EventKey key)
    {
        key = default;
        return text.Length is >= DateLength and <= EventKey.TextLength && EventKey.TryParse(text + SmallestRest[text.Length..], out key);
    }

    private static bool TryParseTime(string text, out EventKey key)
    {
        key = default;
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, Utc, out var time) || time < DateTimeOffset.UnixEpoch)
        {
            return false;
        }

        key = EventKey.FirstAt(time);
        return true;
    }
}
