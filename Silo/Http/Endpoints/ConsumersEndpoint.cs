using System.Text.Json.Serialization;
using AllData.Consumers;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Security;

namespace AllData.Silo.Http.Endpoints;

/// <summary>Named consumers over HTTP: <c>GET /consumers</c>, and <c>GET</c>, <c>PUT</c>, <c>DELETE /consumers/{name}</c>.</summary>
internal sealed class ConsumersEndpoint(IConsumerPositions positions, AuditLog audit)
{
    private const string ResetName = "reset";
    private const string PositionName = "position";

    public void Map(IEndpointRouteBuilder routes)
    {
        var look = new NeedsRole(StoreRoles.Reader | StoreRoles.Operator);
        routes.MapGet("/consumers", ListAsync).WithMetadata(look);
        routes.MapGet("/consumers/{name}", GetAsync).WithMetadata(look);
        routes.MapPut("/consumers/{name}", PutAsync).WithMetadata(new NeedsRole(StoreRoles.Reader));
        routes.MapDelete("/consumers/{name}", DeleteAsync).WithMetadata(new NeedsRole(StoreRoles.Operator));
    }

    private async Task ListAsync(HttpContext context)
    {
        var all = await positions.ListAsync(context.RequestAborted);
        await WriteAsync(context, StatusCodes.Status200OK, new ConsumersDocument([.. all.Select(ConsumerDocument.From)]));
    }

    private async Task GetAsync(HttpContext context)
    {
        var name = NameOf(context);
        await WriteAsync(
            context, StatusCodes.Status200OK, await positions.FindAsync(name, context.RequestAborted) ?? throw new ConsumerNotFoundException(name.Value));
    }

    private async Task PutAsync(HttpContext context)
    {
        var (name, (position, isReset)) = (NameOf(context), Parse(context.Request.Query));
        var (seen, headers) = (default(ConsumerMark), context.Request.Headers);
        if (headers.IfNoneMatch.ToString() is not "*")
        {
            seen = headers.IfMatch is [{ } tag] ? ConsumerTag.Parse(tag) ?? throw new ConsumerMovedException(
                    $"{tag} is not the tag of a state of consumer '{name}'. GET /consumers/{name} answers with the present one.")
                : throw new BadHttpRequestException(
                    "Say which state of the consumer is moved, If-Match with the ETag that GET answers, or If-None-Match: * to make it: otherwise two that "
                    + "consume would not notice each other.", StatusCodes.Status428PreconditionRequired);
        }

        // One that is made begins where it is told to: as a reset sets it.
        var after = seen is null || isReset
            ? await positions.ResetAsync(name, seen, position, context.RequestAborted)
            : await positions.MoveAsync(name, seen, position, context.RequestAborted);
        await WriteAsync(context, seen is null ? StatusCodes.Status201Created : StatusCodes.Status200OK, after);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = NameOf(context);
        if (!await positions.DeleteAsync(name, context.RequestAborted))
        {
            throw new ConsumerNotFoundException(name.Value);
        }

        if (context.Features.Get<HttpCaller>() is { } caller)
        {
            audit.Write(new AuditEntry("DELETE /consumers", AuditEntry.Done, caller.Name, $"{context.Connection.RemoteIpAddress}", name.Value));
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static ConsumerName NameOf(HttpContext context) => ConsumerName.Parse((string?)context.Request.RouteValues["name"] ?? "");

    private static (EventKey Position, bool IsReset) Parse(IQueryCollection query)
    {
        if (query.Keys.FirstOrDefault(static name => name is not (PositionName or ResetName)) is { } unknown)
        {
            throw new BadHttpRequestException($"'{unknown}' is not a parameter of a consumer: {PositionName} and {ResetName} are.");
        }

        var isReset = query.TryGetValue(ResetName, out var reset) && ScanQuery.Single(ResetName, reset) switch
        {
            "true" => true,
            "false" => false,
            var other => throw new BadHttpRequestException($"{ResetName} is '{other}'; it is true or false."),
        };
        return EventKey.TryParse(ScanQuery.Single(PositionName, query[PositionName]), out var key)
            ? (key, isReset)
            : throw new BadHttpRequestException($"{PositionName} is '{query[PositionName]}', which is not a key: 27 characters are expected.");
    }

    private static Task WriteAsync(HttpContext context, int status, ConsumerPosition consumer)
    {
        context.Response.Headers.ETag = ConsumerTag.Of(consumer.Mark);
        return WriteAsync(context, status, ConsumerDocument.From(consumer));
    }

    private static Task WriteAsync<T>(HttpContext context, int status, T document)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Documents.WriteAsync(context, status, Documents.Json, document);
    }

    /// <summary>All consumers.</summary>
    private sealed record ConsumersDocument(ConsumerDocument[] Consumers);
}

/// <summary>A consumer as HTTP shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Position">The key up to which all is acknowledged; left out while a consumer that began with the present does not know where that is.</param>
/// <param name="Epoch">The number of the holder.</param>
/// <param name="Holder">What the holder calls itself; empty where it was set by an order.</param>
/// <param name="WrittenAt">When the position was written.</param>
/// <param name="HeldSince">Since when the holder has it.</param>
/// <param name="CreatedAt">When it was made.</param>
internal sealed record ConsumerDocument(
    string Name, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Position, long Epoch, string Holder,
    DateTimeOffset WrittenAt, DateTimeOffset HeldSince, DateTimeOffset CreatedAt)
{
    public static ConsumerDocument From(ConsumerPosition consumer) => new(
        consumer.Name.Value, consumer.Position?.ToString(), consumer.Epoch, consumer.Holder, consumer.WrittenAt, consumer.HeldSince, consumer.CreatedAt);
}
