using System.Globalization;
using AllData.Coordination;
using AllData.Errors;
using AllData.Reading;
using AllData.Security;

namespace AllData.Silo.Http.Endpoints;

/// <summary>
/// <c>POST /keys?count=N</c>: reserves keys. A put under one (<c>PUT /events/{key}</c>, or <c>POST /</c> with it as Idempotency-Key) can be sent again through
/// any silo, for it finds what is there. <c>DELETE /keys/{key}</c> gives one back to the silo that reserved it: no reader that follows waits for it then.
/// </summary>
internal sealed class KeysEndpoint(IAllDataPuts puts)
{
    private const string Count = "count";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/keys", PostAsync).WithMetadata(new NeedsRole(StoreRoles.Writer));
        routes.MapDelete("/keys/{key}", Delete).WithMetadata(new NeedsRole(StoreRoles.Writer));
    }

    private async Task PostAsync(HttpContext context)
    {
        var keys = await puts.ReserveKeysAsync(CountOf(context.Request.Query));
        await Documents.WriteAsync(
            context, StatusCodes.Status201Created, Documents.Json, new KeysDocument([.. keys.Select(static key => key.ToString())]));
    }

    private Task Delete(HttpContext context)
    {
        puts.ReleaseKeys([RouteKey.Of(context)]);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>How many keys are requested; the store checks the number.</summary>
    /// <exception cref="InvalidEventException">The query is not valid.</exception>
    private static int CountOf(IQueryCollection query)
    {
        if (query.Keys.FirstOrDefault(static name => name != Count) is { } unknown)
        {
            throw new InvalidEventException($"'{unknown}' is not a parameter of a reservation: {Count} is.");
        }

        if (!query.TryGetValue(Count, out var values))
        {
            return 1;
        }

        return values is [{ } text] && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : throw new InvalidEventException($"{Count} is '{values}'; it is a whole number, 1 or more, given once.");
    }

    /// <summary>Keys as HTTP shows them.</summary>
    private sealed record KeysDocument(string[] Keys);
}
