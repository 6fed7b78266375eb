using System.Collections.Frozen;
using System.Security.Cryptography;
using AllData.Security;

namespace AllData.Silo.Http.Console;

/// <summary>
/// The files of the page, from this assembly. They hold nothing of the store, so a browser gets them before its user has said which role they have; and they
/// fetch nothing from elsewhere, hold no script or style in the markup, and are shown in no other site's frame.
/// </summary>
internal static class ConsolePages
{
    /// <summary>Where the page is.</summary>
    public const string Root = "/console";

    private const string Prefix = "console/";
    private const string Index = "index.html";

    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'";

    private static readonly FrozenDictionary<string, Page> Pages = typeof(ConsolePages).Assembly.GetManifestResourceNames()
        .Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)).ToFrozenDictionary(static name => name[Prefix.Length..], Read);

    /// <summary>The paths of the files.</summary>
    public static IEnumerable<string> Paths => Pages.Keys.Order(StringComparer.Ordinal).Select(PathOf);

    /// <summary>Maps them.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var (name, page) in Pages)
        {
            var route = routes.MapGet(PathOf(name), context => WriteAsync(context, page)).WithMetadata(new NeedsRole(StoreRoles.None));
            if (name == Index)
            {
                route.WithMetadata(new OpensByLink());
            }
        }
    }

    /// <summary>What browsers are to keep to in answers of the console.</summary>
    public static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        Documents.DoNotGuess(response);
    }

    private static string PathOf(string name) => name == Index ? Root : $"{Root}/{name}";

    private static Task WriteAsync(HttpContext context, Page page)
    {
        Protect(context.Response);

        // After an update of the silo its page must not run with scripts of the former one.
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers.ETag = page.Tag;
        if (context.Request.Headers.IfNoneMatch.Contains(page.Tag))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = page.MediaType;
        context.Response.ContentLength = page.Bytes.Length;
        return context.Response.Body.WriteAsync(page.Bytes, context.RequestAborted).AsTask();
    }

    private static Page Read(string name)
    {
        using var stream = typeof(ConsolePages).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var mediaType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => "text/javascript; charset=utf-8",
        };
        return new Page(bytes, mediaType, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\"");
    }

    private sealed record Page(byte[] Bytes, string MediaType, string Tag);
}
