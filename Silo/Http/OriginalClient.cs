namespace AllData.Silo.Http;

/// <summary>
/// The client of the original store (alldata-client-http). It works unchanged, but never reads the body of a 201, so that its HTTP library
/// cannot use the connection again, opens one for each put, and keeps all of them until this side ends them. If asked to close, it does.
/// </summary>
internal static class OriginalClient
{
    /// <summary>Whether a request looks like one of it: a body in chunks, and not a word about itself, the body or the answer.</summary>
    public static bool IsLikely(HttpRequest request) =>
        request.ContentLength is null && request.Headers is { ContentType.Count: 0, Accept.Count: 0, UserAgent.Count: 0 };
}
