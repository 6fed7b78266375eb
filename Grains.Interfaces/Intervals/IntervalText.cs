using System.Globalization;
using System.Xml;

namespace AllData.Intervals;

/// <summary>An interval as ISO 8601 writes it, start and length: <c>20261122T000000/P1D</c>, UTC.</summary>
internal static class IntervalText
{
    private const string StartFormat = "yyyyMMdd'T'HHmmss";

    /// <summary>The text of an interval.</summary>
    public static string Of(Interval interval) => $"{interval}/{XmlConvert.ToString(TimeSpan.FromMilliseconds(interval.LengthMilliseconds))}";

    /// <summary>Reads a text; null when it is not exactly an interval.</summary>
    public static Interval? Parse(string text)
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
