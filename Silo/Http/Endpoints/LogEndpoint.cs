using System.Text;
using AllData.Certificates;
using AllData.Security;
using Microsoft.Net.Http.Headers;

namespace AllData.Silo.Http.Endpoints;

/// <summary>
/// The log of certificates over HTTP, as C2SP tlog-tiles has it, so that public tools can verify it: <c>GET /log/checkpoint</c>,
/// <c>GET /log/tile/{level}/{index}</c> and <c>GET /log/tile/entries/{index}</c>.
/// </summary>
internal sealed class LogEndpoint(IServedLog log)
{
    // A tile never changes: a partial one has its width in its name.
    private const string Forever = "public, max-age=31536000, immutable";

    private const string Briefly = "public, max-age=5";

    public void Map(IEndpointRouteBuilder routes)
    {
        var look = new NeedsRole(StoreRoles.Reader | StoreRoles.Operator);
        routes.MapGet("/log/checkpoint", GetCheckpointAsync).WithMetadata(look);
        routes.MapGet("/log/tile/{**path}", GetTileAsync).WithMetadata(look);
    }

    private async Task GetCheckpointAsync(HttpContext context) => await WriteAsync(
        context, "text/plain; charset=utf-8", Briefly, await log.GetHeadAsync() is { } head ? Encoding.UTF8.GetBytes(head.ToString()) : null);

    private async Task GetTileAsync(HttpContext context) => await WriteAsync(
        context, "application/octet-stream", Forever,
        TilePath.Parse((string?)context.Request.RouteValues["path"] ?? "") is { } path ? await log.GetTileAsync(path) : null);

    private static async Task WriteAsync(HttpContext context, string type, string caching, byte[]? bytes)
    {
        if (bytes is null)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = bytes.Length;
        context.Response.Headers[HeaderNames.CacheControl] = caching;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }
}
