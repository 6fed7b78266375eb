using AllData.Configuration;
using AllData.Replication;
using AllData.Security;
using AllData.Silo.Http.Idempotency;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace AllData.Silo.Http.Ingest;

/// <summary>
/// <c>POST /events</c>: a stream of events, one per line, put as it arrives. The answer has counts, and with <c>receipts=true</c> a line for each
/// line.
/// </summary>
internal sealed class IngestEndpoint(
    BatchSender puts, StreamBound streams, WaitingBytes waiting, PartialBodies partials, IOptions<EventHttpOptions> http, IOptions<AllDataOptions> store,
        IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const string MediaTypes = "application/x-ndjson, application/jsonlines, text/plain";
    private const string Codings = "gzip, br, identity";

    private static readonly TimeSpan LastReading = TimeSpan.FromSeconds(1);

    private readonly EventHttpOptions _options = http.Value;

    private readonly IngestLimits _limits = new(
        store.Value.Limits.MaxEventBytes,
        Math.Min(http.Value.Ingest.BatchEvents, store.Value.Limits.MaxPutManyEvents),
        Math.Min(http.Value.Ingest.BatchBytes, store.Value.Limits.MaxPutManyBytes));

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/events", PostAsync).WithMetadata(new NeedsRole(StoreRoles.Writer));

    private async Task PostAsync(HttpContext context)
    {
        RefuseUnreadable(context);
        var (put, withReceipts) = PutQuery.ParseStream(context.Request, _options.MaxDeadline);
        using var place = streams.Enter(HttpCaller.Of(context).Name);
        var answers = new IngestAnswers(context, waiting, _options.Ingest, time, withReceipts);
        var settled = answers.SettleAsync();
        IngestStop? stop;
        try
        {
            stop = await ReadAsync(context, answers, put);
        }
        finally
        {
            answers.Complete();
            await settled;
        }

        if (!context.RequestAborted.IsCancellationRequested)
        {
            await answers.EndAsync(stop);
        }

        if (stop is not null)
        {
            await EndConnectionAsync(context);
        }
    }

    /// <summary>
    /// Reads the rest of an unwanted body for a moment and then closes the connection. If it were closed at once, with bytes in flight, the
    /// connection would be reset and the answer lost. Left alone, the server would wait for seconds, and when it stops until its own timeout.
    /// </summary>
    private async Task EndConnectionAsync(HttpContext context)
    {
        try
        {
            await context.Response.CompleteAsync();
            using var bound = new CancellationTokenSource(LastReading, time);
            await context.Request.Body.CopyToAsync(Stream.Null, bound.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            // The connection is at its end without that.
        }
    }

    private async Task<IngestStop?> ReadAsync(HttpContext context, IngestAnswers answers, PutOptions? put)
    {
        // A live stream may be slow, and one that waits for the store is not to blame; pauses and lines have their own bounds.
        context.Features.Get<IHttpMinRequestBodyDataRateFeature>()?.MinDataRate = null;
        var room = new DecoderBudget(waiting, partials, _options.Ingest, time);
        await using var body = new IngestBody(context.Request, room, time, lifetime.ApplicationStopping);
        using var packer = new LinePacker(_limits);
        using var stream = new IngestStream(
            body, packer, answers, puts, put, CallerQuota.Of(context), waiting, partials, _options, time);
        try
        {
            await stream.ReadAsync();
            return null;
        }
        catch (Exception e) when (StatusOf(e) is { } status)
        {
            return new IngestStop(status, e.Message, packer.LinesSeen, (e as IngestStopException)?.Kind);
        }
    }

    private static int? StatusOf(Exception e) => e is IngestStopException stop ? stop.Status : BodyFault.StatusOf(e);

    private static void RefuseUnreadable(HttpContext context)
    {
        if (!IsNdjson(context.Request))
        {
            context.Response.Headers.Accept = MediaTypes;
            throw new BadHttpRequestException(
                $"Content-Type '{context.Request.ContentType}' is not supported. Send one JSON event per line as one of {MediaTypes}, or omit the header. "
                    + "With curl: -H 'Content-Type: application/x-ndjson' --data-binary @events.ndjson",
                StatusCodes.Status415UnsupportedMediaType);
        }

        if (IdempotencyKey.IsIn(context.Request))
        {
            throw new BadHttpRequestException(
                $"{IdempotencyKey.Header} is not supported with a stream of events: each event has its own outcome. Nothing was written. Put a line"
                    + " that failed under its key (PUT /events/{key}), or reserve keys with POST /keys.");
        }

        if (!IngestBody.Takes(context.Request))
        {
            context.Response.Headers.AcceptEncoding = Codings;
            throw new BadHttpRequestException(
                $"Content-Encoding '{context.Request.Headers.ContentEncoding}' is not supported. Use one of {Codings}.",
                StatusCodes.Status415UnsupportedMediaType);
        }
    }

    private static bool IsNdjson(HttpRequest request) => string.IsNullOrEmpty(request.ContentType)
        || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && type.MediaType.Value?.ToLowerInvariant() is
                "application/x-ndjson" or "application/ndjson" or "application/jsonlines" or "application/x-jsonlines" or "application/jsonl" or "text/plain");
}
