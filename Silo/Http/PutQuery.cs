using System.Globalization;
using AllData.Errors;
using AllData.Events;
using AllData.Replication;
using Microsoft.Extensions.Primitives;

namespace AllData.Silo.Http;

/// <summary>
/// Reads <c>?level=…&amp;else=…&amp;minZones=…&amp;minRegions=…&amp;deadline=…&amp;topic=…</c>, the header
/// <c>AllData-Topic</c>, and <c>receipts=…</c> of a stream.
/// </summary>
internal static class PutQuery
{
    private const string Receipts = "receipts";

    /// <summary>The header that says the topic, for senders that cannot choose the query.</summary>
    public const string TopicHeader = "AllData-Topic";

    /// <summary>The options of a request; null when it has none, so that the silo's options decide.</summary>
    /// <exception cref="InvalidEventException">A parameter is unknown, given twice, or has an invalid value.</exception>
    public static PutOptions? Parse(HttpRequest request, TimeSpan maxDeadline) =>
        WithHeader(request, request.QueryString.HasValue ? Parse(request.Query, maxDeadline) : null);

    /// <summary>The options in a query; null when it has none, so that the silo's options decide.</summary>
    /// <exception cref="InvalidEventException">A parameter is unknown, given twice, or has an invalid value.</exception>
    public static PutOptions? Parse(IQueryCollection query, TimeSpan maxDeadline)
    {
        if (query.Count == 0)
        {
            return null;
        }

        var options = new PutOptions();
        foreach (var (name, values) in query)
        {
            var value = Single(name, values);
            options = name switch
            {
                "level" => options with { Level = Level(name, value) },
                "else" => options with { Else = Level(name, value) },
                "minZones" => options with { MinZones = Count(name, value) },
                "minRegions" => options with { MinRegions = Count(name, value) },
                "deadline" => options with { Deadline = Deadline(value, maxDeadline) },
                "topic" => options with { Topic = TopicOf(value) },
                _ => throw new InvalidEventException(
                    $"'{name}' is not a parameter of a put: level, else, minZones, minRegions, deadline and topic are."),
            };
        }

        return options;
    }

    /// <summary>The options in the query and the header of a stream.</summary>
    /// <exception cref="InvalidEventException">A parameter is unknown, given twice, or has an invalid value.</exception>
    public static (PutOptions? Put, bool Receipts) ParseStream(HttpRequest request, TimeSpan maxDeadline)
    {
        var (put, receipts) = ParseStream(request.Query, maxDeadline);
        return (WithHeader(request, put), receipts);
    }

    /// <summary>The options in the query of a stream.</summary>
    /// <exception cref="InvalidEventException">A parameter is unknown, given twice, or has an invalid value.</exception>
    public static (PutOptions? Put, bool Receipts) ParseStream(IQueryCollection query, TimeSpan maxDeadline)
    {
        if (!query.TryGetValue(Receipts, out var values))
        {
            return (Parse(query, maxDeadline), false);
        }

        var others = query.Where(static q => q.Key != Receipts).ToDictionary();
        return (Parse(new QueryCollection(others), maxDeadline), Choice(Receipts, Single(Receipts, values)));
    }

    private static PutOptions? WithHeader(HttpRequest request, PutOptions? options)
    {
        if (!request.Headers.TryGetValue(TopicHeader, out var values))
        {
            return options;
        }

        var topic = TopicOf(Single(TopicHeader, values));
        return options?.Topic is { } other && other != topic
            ? throw new InvalidEventException($"The query says topic {other} and the header {TopicHeader} {topic}. Give one of them.")
            : (options ?? new PutOptions()) with { Topic = topic };
    }

    private static Topic TopicOf(string value) => Topic.TryParse(value, out var topic) ? topic : throw new InvalidEventException(Topic.Fault(value));

    private static bool Choice(string name, string value) => value.ToLowerInvariant() switch
    {
        "true" => true,
        "false" => false,
        _ => throw new InvalidEventException($"{name} is '{value}'; it is true or false."),
    };

    private static string Single(string name, StringValues values) => values is [{ } value]
        ? value
        : throw new InvalidEventException($"'{name}' is given {values.Count} times. Give it once.");

    // Not Enum.TryParse: it would take numbers, and with them levels that do not exist.
    private static CommitLevel Level(string name, string value) => value.ToLowerInvariant() switch
    {
        "one" => CommitLevel.One,
        "quorum" => CommitLevel.Quorum,
        "all" => CommitLevel.All,
        "local" => CommitLevel.Local,
        _ => throw new InvalidEventException($"{name} is '{value}'; it is one, quorum, all or local."),
    };

    private static int Count(string name, string value) =>
        WholeNumber.TryParse(value, int.MaxValue, out int count) && count >= 1
            ? count
            : throw new InvalidEventException($"{name} is '{value}'; it is a whole number, 1 or more.");

    private static TimeSpan Deadline(string value, TimeSpan max) =>
        !value.Contains('\0', StringComparison.Ordinal)
            && double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0 && seconds <= max.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new InvalidEventException(string.Create(
                CultureInfo.InvariantCulture,
                $"deadline is '{value}'; it is seconds, more than 0 and at most {max.TotalSeconds}, for example 2.5."));
}
