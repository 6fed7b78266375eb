using AllData.Errors;
using Microsoft.AspNetCore.Mvc;

namespace AllData.Silo.Http;

/// <summary>Answers any failure below it with problem details; nothing that a request does may end the silo.</summary>
internal sealed partial class ProblemResponses(RequestDelegate next, ILogger<ProblemResponses> logger)
{
    private const string MediaType = "application/problem+json";

    private static readonly TimeSpan UsualRetry = TimeSpan.FromSeconds(5);

    // A client that would have to wait longer than this should go to another silo.
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (BodyFault.IsCallerGone(context, e))
        {
            LogCallerGone(e.Message);
            context.Abort();
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            await AnswerAsync(context, e);
        }
    }

    /// <summary>Writes a problem as the whole answer.</summary>
    public static Task WriteAsync(HttpContext context, ProblemDetails problem) =>
        Documents.WriteAsync(context, problem.Status ?? StatusCodes.Status500InternalServerError, MediaType, problem);

    /// <summary>Refuses a request of which nothing has been done.</summary>
    public static Task RefuseAsync(HttpContext context, ProblemKind kind, string detail)
    {
        var problem = Problems.Create(kind, detail);
        if (!IsRead(context))
        {
            problem.Extensions["written"] = "nothing";
        }

        return WriteAsync(context, problem);
    }

    private static bool IsRead(HttpContext context) => HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);

    private async Task AnswerAsync(HttpContext context, Exception exception)
    {
        var problem = ProblemOf(context, exception);
        if (IsRead(context))
        {
            // The request was not a put.
            problem.Extensions.Remove("written");
        }

        if (problem.Status == StatusCodes.Status500InternalServerError && exception is not PutException)
        {
            LogUnforeseen(context.Request.Method, context.Request.Path, context.TraceIdentifier, exception);
        }

        AddHeaders(context.Response.Headers, exception);
        await WriteAsync(context, problem);
    }

    private static ProblemDetails ProblemOf(HttpContext context, Exception exception) => exception switch
    {
        PutException e => Problems.From(e),
        IdempotencyKeyReusedException e => Problems.From(e),
        QuotaExceededException e => Problems.From(e),
        TooManyStreamsException e => Problems.From(e, UsualRetry),
        TooManyScansException { Caller: not null } => Problems.Create(Problems.TooManyScans, exception.Message),
        TooManyFollowersException { Caller: not null } => Problems.Create(Problems.TooManyFollowers, exception.Message),
        TooManyScansException or TooManyFollowersException or RegistryUnavailableException =>
            Problems.OfStatus(StatusCodes.Status503ServiceUnavailable, exception.Message),
        BadHttpRequestException e => Problems.OfStatus(e.StatusCode, e.Message),
        _ when ConsumerProblems.Of(exception) is { } consumer => consumer,
        TimeoutException e => Unknown(StatusCodes.Status504GatewayTimeout, e.Message),

        // What the silo knows of itself, paths among it, is for its log.
        _ => Unknown(
            StatusCodes.Status500InternalServerError,
            $"It failed unexpectedly. The silo's log says more, under request {context.TraceIdentifier}."),
    };

    private static ProblemDetails Unknown(int status, string detail)
    {
        var problem = Problems.OfStatus(status, detail);
        problem.Extensions["written"] = "unknown";
        return problem;
    }

    private static void AddHeaders(IHeaderDictionary headers, Exception exception)
    {
        switch (exception)
        {
            case TooManyScansException or TooManyFollowersException or RegistryUnavailableException:
                headers.RetryAfter = Problems.RetryAfterSeconds(UsualRetry);
                break;
            case TooManyStreamsException:
                headers.RetryAfter = Problems.RetryAfterSeconds(UsualRetry);

                // Its body is not wanted, and may have no end.
                headers.Connection = "close";
                break;
            case KeysUnavailableException { RetryAfter: { } retry } when retry <= LongestRetry:
                headers.RetryAfter = Problems.RetryAfterSeconds(retry);
                break;
            case OverloadedException e:
                headers.RetryAfter = Problems.RetryAfterSeconds(e.RetryAfter);
                break;
            case QuotaExceededException e:
                headers.RetryAfter = Problems.RetryAfterSeconds(e.RetryAfter);
                break;
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                // The rest of the body may still be on its way; read as the next request it would be nonsense.
                headers.Connection = "close";
                break;
        }
    }
}
