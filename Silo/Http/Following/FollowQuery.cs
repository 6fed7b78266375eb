using AllData.Events;
using AllData.Reading;

namespace AllData.Silo.Http.Following;

/// <summary>Reads <c>?follow=true&amp;from=…</c> or <c>&amp;after=…</c>, <c>&amp;mode=live</c>, and the header <c>Last-Event-ID</c>.</summary>
internal static class FollowQuery
{
    private const string Follow = "follow";
    private const string Mode = "mode";

    /// <summary>The header in which a browser says which event it got last.</summary>
    private const string LastEventId = "Last-Event-ID";

    /// <summary>Whether the request is to follow.</summary>
    /// <exception cref="BadHttpRequestException">It does not say clearly.</exception>
    public static bool IsRequested(HttpRequest request) => request.Query.TryGetValue(Follow, out var value) && value.ToString() switch
    {
        "true" => true,
        "false" => false,
        var other => throw new BadHttpRequestException($"follow is '{other}'; it is true or false."),
    };

    /// <summary>When events are given.</summary>
    /// <exception cref="BadHttpRequestException">It is neither.</exception>
    public static FollowMode ModeOf(HttpRequest request) => (string?)request.Query[Mode] switch
    {
        null or "ordered" => FollowMode.Ordered,
        "live" => FollowMode.Live,
        var other => throw new BadHttpRequestException($"mode is '{other}'; it is ordered or live."),
    };

    /// <summary>Where to begin.</summary>
    /// <exception cref="BadHttpRequestException">A parameter is unknown, given twice, or has an invalid value.</exception>
    public static FollowStart Parse(HttpRequest request)
    {
        var start = FollowStart.Now;
        foreach (var (name, values) in request.Query)
        {
            var value = ScanQuery.Single(name, values);
            start = name switch
            {
                Follow or Mode => start,
                "from" => FollowStart.From(ScanQuery.Bound(name, value)),
                "after" => FollowStart.After(ScanQuery.Key(value)),
                "topic" => start,
                _ => throw new BadHttpRequestException($"'{name}' is not a parameter of a request that follows: from, after, topic and mode are."),
            };
        }

        if (request.Query.ContainsKey("from") && request.Query.ContainsKey("after"))
        {
            throw new BadHttpRequestException("Give either from or after.");
        }

        return StartOf(request, start) with { Topic = request.Query.TryGetValue("topic", out var topic) ? ScanQuery.TopicOf(topic.ToString()) : null };
    }

    // What the reader has got says more than where it began.
    private static FollowStart StartOf(HttpRequest request, FollowStart start) => request.Headers[LastEventId].ToString() switch
    {
        "" => start,
        var last when EventKey.TryParse(last, out var key) => FollowStart.After(key),
        var other => throw new BadHttpRequestException($"{LastEventId} is '{other}', which is not a key: 27 characters are expected."),
    };
}
