using AllData.Configuration;
using AllData.Coordination;
using AllData.Errors;
using AllData.Events;
using AllData.Reading;
using AllData.Replication;
using AllData.Security;
using AllData.Silo.Http.Idempotency;
using Microsoft.Extensions.Options;

namespace AllData.Silo.Http.Endpoints;

/// <summary>The store over HTTP: <c>POST /</c>, <c>PUT /events/{key}</c>, <c>GET /events/{key}</c>.</summary>
internal sealed class EventEndpoints(
    IAllDataPuts puts, IEventReader reader, EventBodyReader bodies, IdempotentPut idempotent, IOptions<EventHttpOptions> options, IOptions<AllDataOptions> silo)
{
    // One silo remembers a value that is not an event key: a client that wants to retry through it must know which one.
    private const string PeerHeader = "AllData-Peer";

    private static readonly ProblemKind NotFound = new(StatusCodes.Status404NotFound, "event-not-found", "No event under the key");

    private static readonly ProblemKind Conflicting =
        new(StatusCodes.Status409Conflict, "conflicting-events", "Several events are stored under the key");

    private static readonly ProblemKind Unreadable =
        new(StatusCodes.Status410Gone, "payload-unreadable", "The key that encrypted the event is not there");

    private static readonly ProblemKind NotAuthentic =
        new(StatusCodes.Status500InternalServerError, "payload-not-authentic", "The encrypted event was changed");

    private readonly TimeSpan _maxDeadline = options.Value.MaxDeadline;
    private readonly string _peer = silo.Value.Peer.Id;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/", PostAsync).WithMetadata(new NeedsRole(StoreRoles.Writer));
        routes.MapPut("/events/{key}", PutAsync).WithMetadata(new NeedsRole(StoreRoles.Writer));
        routes.MapMethods("/events/{key}", [HttpMethods.Get, HttpMethods.Head], GetAsync).WithMetadata(new NeedsRole(StoreRoles.Reader));
    }

    private async Task PostAsync(HttpContext context)
    {
        if (OriginalClient.IsLikely(context.Request))
        {
            context.Response.Headers.Connection = "close";
        }

        var put = PutQuery.Parse(context.Request, _maxDeadline);
        if (IdempotencyKey.Of(context.Request) is { } value)
        {
            await PutIdempotentAsync(context, value, put);
            return;
        }

        using var body = await bodies.ReadAsync(context.Request);
        var receipt = await puts.PutAsync(EventPayload.FromBytes(body.Bytes), put);
        ReceiptJson.Write(context, StatusCodes.Status201Created, receipt);
    }

    private async Task PutIdempotentAsync(HttpContext context, IdempotencyKey value, PutOptions? put)
    {
        context.Response.Headers[PeerHeader] = _peer;
        using var body = await bodies.ReadAsync(context.Request);
        var receipt = await idempotent.PutAsync(value, EventPayload.FromBytes(body.Bytes), put, context.RequestAborted);
        ReceiptJson.Write(context, StatusOf(receipt), receipt);
    }

    private async Task PutAsync(HttpContext context)
    {
        var key = RouteKey.Of(context);
        var put = PutQuery.Parse(context.Request, _maxDeadline);
        using var body = await bodies.ReadAsync(context.Request);
        var receipt = await puts.PutAsync(key, EventPayload.FromBytes(body.Bytes), put);
        ReceiptJson.Write(context, StatusOf(receipt), receipt);
    }

    private static int StatusOf(PutReceipt receipt) =>
        receipt.Outcome == PutOutcome.Stored ? StatusCodes.Status201Created : StatusCodes.Status200OK;

    private async Task GetAsync(HttpContext context)
    {
        var result = await reader.GetAsync(RouteKey.Of(context), context.RequestAborted);
        await (result.Events switch
        {
            [] => WriteNotFoundAsync(context, result),
            [{ Unreadable: { } unreadable } only] => WriteUnreadableAsync(context, only, unreadable),
            [var only] => WriteEventAsync(context, only),
            _ => WriteConflictAsync(context, result),
        });
    }

    private static Task WriteEventAsync(HttpContext context, StoredEvent stored)
    {
        var payload = stored.Payload.Bytes;
        if (stored.Topic is { } topic)
        {
            context.Response.Headers[PutQuery.TopicHeader] = topic.Value;
        }

        // Orleans clients may put bytes that are not JSON; they must not be served as JSON.
        context.Response.ContentType = PortableJson.IsJson(payload) ? Documents.Json : "application/octet-stream";
        context.Response.ContentLength = payload.Length;
        Documents.DoNotGuess(context.Response);
        return context.Response.Body.WriteAsync(payload, context.RequestAborted).AsTask();
    }

    private static Task WriteNotFoundAsync(HttpContext context, EventReadResult result)
    {
        string[] silent = result.Silent.IsDefault ? [] : [.. result.Silent.Select(p => p.Value)];
        var detail = silent.Length > 0
            ? $"No peer that answered holds an event under {result.Key}, "
                + $"but {string.Join(", ", silent)} did not answer and may. Try again later."
            : result.Doubt is { } doubt ? $"No peer that was asked holds an event under {result.Key}. {doubt} Try again later."
            : $"No peer holds an event under {result.Key}; all of them answered.";
        var problem = Problems.Create(NotFound, detail);
        problem.Extensions["key"] = result.Key.ToString();
        problem.Extensions["silent"] = silent;
        if (result.Doubt is not null)
        {
            problem.Extensions["doubt"] = result.Doubt;
        }

        return ProblemResponses.WriteAsync(context, problem);
    }

    private static Task WriteUnreadableAsync(HttpContext context, StoredEvent stored, UnreadablePayload unreadable)
    {
        var problem = Problems.Create(
            unreadable.Fault == PayloadFault.KeyMissing ? Unreadable : NotAuthentic,
            $"The event under {unreadable.Key} is held, and its payload cannot be read: {unreadable.Reason}");
        problem.Extensions["key"] = unreadable.Key.ToString();
        problem.Extensions["digest"] = stored.Digest.ToString();
        problem.Extensions["holders"] = stored.Holders.Select(static p => p.Value).ToArray();
        problem.Extensions["encryptionKeyId"] = unreadable.EncryptionKeyId;

        // A cache may keep 410, and the key may be given to the silo.
        context.Response.Headers.CacheControl = "no-store";
        return ProblemResponses.WriteAsync(context, problem);
    }

    // 409 and not 300: there is no choice that a client could make; all versions are kept and none is preferred.
    private static Task WriteConflictAsync(HttpContext context, EventReadResult result)
    {
        var problem = Problems.Create(
            Conflicting, $"{result.Events.Length} different events were put under {result.Key}; all are kept and none is preferred.");
        problem.Extensions["key"] = result.Key.ToString();
        problem.Extensions["events"] = result.Events
            .Select(e => new ConflictingDocument(
                e.Digest.ToString(), [.. e.Holders.Select(p => p.Value)], e.Payload.Bytes, e.Unreadable?.Fault, e.Topic?.Value))
            .ToArray();
        return ProblemResponses.WriteAsync(context, problem);
    }
}
