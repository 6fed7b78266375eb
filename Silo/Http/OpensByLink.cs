namespace AllData.Silo.Http;

/// <summary>
/// A page of the silo that a person may open by a link in a page of another site, a runbook for example: it is the same for every caller, changes nothing, and
/// is shown in no frame.
/// </summary>
internal sealed class OpensByLink
{
    /// <summary>Whether a browser opens such a page, as the whole of a window (W3C Fetch Metadata).</summary>
    public static bool Is(HttpContext context) => HttpMethods.IsGet(context.Request.Method) && context.Request.Headers.Origin.Count == 0
        && context.Request.Headers["Sec-Fetch-Mode"] == "navigate" && context.Request.Headers["Sec-Fetch-Dest"] == "document"
        && context.GetEndpoint()?.Metadata.GetMetadata<OpensByLink>() is not null;
}
