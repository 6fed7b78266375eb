using AllData.Events;
using AllData.Reading;
using Microsoft.Extensions.Primitives;

namespace AllData.Silo.Http;

/// <summary>Reads <c>?from=…&amp;to=…&amp;after=…&amp;limit=…&amp;scope=…&amp;topic=…</c>.</summary>
internal static class ScanQuery
{
    /// <summary>The range in a query.</summary>
    /// <exception cref="BadHttpRequestException">A parameter is unknown, given twice, or has an invalid value.</exception>
    public static ScanRange Parse(IQueryCollection query)
    {
        var range = ScanRange.All;
        foreach (var (name, values) in query)
        {
            var value = Single(name, values);
            range = name switch
            {
                "from" => range with { From = Bound(name, value) },
                "to" => range with { To = Bound(name, value) },
                "after" => range with { After = Key(value) },
                "limit" => range with { Limit = Count(value) },
                "scope" => range with { Scope = Scope(value) },
                "topic" => range with { Topic = TopicOf(value) },
                "follow" => range,
                _ => throw new BadHttpRequestException($"'{name}' is not a parameter of a scan: from, to, after, limit, scope, topic and follow are."),
            };
        }

        return range is { From: { } from, To: { } to } && from >= to
            ? throw new BadHttpRequestException($"to is {to}, which must lie after from, {from}: it is the first key beyond the range.")
            : range;
    }

    /// <summary>A value that is given once.</summary>
    public static string Single(string name, StringValues values) => values is [{ } value]
        ? value
        : throw new BadHttpRequestException($"'{name}' is given {values.Count} times. Give it once.");

    /// <summary>A time or a key.</summary>
    public static EventKey Bound(string name, string value) => KeyBound.TryParse(value, out var key)
        ? key
        : throw new BadHttpRequestException($"{name}: {KeyBound.Fault(value)}{PlusHint(value)}");

    // A plus in a query is a space: that of a time's offset gets lost unless it is escaped.
    private static string PlusHint(string value) => value.Contains(' ')
        ? $" In a query a plus sign is read as a space: write %2B for it ({value.Replace(" ", "%2B")}), or Z for UTC."
        : "";

    /// <summary>A key.</summary>
    public static EventKey Key(string value) => EventKey.TryParse(value, out var key)
        ? key
        : throw new BadHttpRequestException($"after is '{value}', which is not a key: give the last key that was read, 27 characters.");

    /// <summary>A topic.</summary>
    public static Topic TopicOf(string value) => Topic.TryParse(value, out var topic) ? topic : throw new BadHttpRequestException(Topic.Fault(value));

    private static ScanScope Scope(string value) => value switch
    {
        "store" => ScanScope.Store,
        "cluster" => ScanScope.Cluster,
        _ => throw new BadHttpRequestException($"scope is '{value}'; it is store (what all peers hold) or cluster (what the peers of this cluster hold)."),
    };

    private static long Count(string value) => WholeNumber.TryParse(value, long.MaxValue, out long count) && count >= 1
        ? count
        : throw new BadHttpRequestException($"limit is '{value}'; it is a whole number, 1 or more.");
}
