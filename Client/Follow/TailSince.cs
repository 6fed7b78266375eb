using System.CommandLine.Parsing;
using System.Globalization;
using AllData.Events;
using AllData.Reading;

namespace AllData.Client.Follow;

/// <summary>Where a tail begins: so long ago, or with a key.</summary>
/// <param name="Ago">How long ago; null where a key is given.</param>
/// <param name="Key">The key.</param>
internal sealed record TailSince(TimeSpan? Ago, EventKey Key)
{
    private const double LongestAgoDays = 365_000;

    /// <summary>The first key that is given.</summary>
    public EventKey FirstKey(TimeProvider time)
    {
        var begin = Ago is { } ago ? Math.Max(0, (time.GetUtcNow() - DateTimeOffset.UnixEpoch - ago).TotalMilliseconds) : 0;
        return Ago is null ? Key : EventKey.FirstAt((long)begin);
    }

    /// <summary>Parses <c>1h</c>, or a time or key.</summary>
    public static TailSince? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (AgoOf(text) is { } ago)
        {
            return new TailSince(ago, default);
        }

        if (KeyBound.TryParse(text, out var key))
        {
            return new TailSince(null, key);
        }

        result.AddError($"--since: '{text}' is neither a length of time, as 90s, 30m, 1h or 2d, nor a time or key, as 20261122T10 or 2026-11-22T10:00Z.");
        return null;
    }

    private static TimeSpan? AgoOf(string text)
    {
        if (text.Length < 2 || !double.TryParse(text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        var days = text[^1] switch
        {
            's' => number / 86_400,
            'm' => number / 1_440,
            'h' => number / 24,
            'd' => number,
            _ => double.NaN,
        };
        return days <= LongestAgoDays ? TimeSpan.FromDays(days) : null;
    }
}
