using Microsoft.Extensions.Options;

namespace AllData.Silo.Http;

/// <summary>Answers at the port for supervisors what is for them, and nothing else.</summary>
internal sealed class HealthPort(RequestDelegate next, IOptions<EventHttpOptions> options)
{
    private readonly int? _port = options.Value.HealthPort;

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context) =>
        context.Connection.LocalPort != _port || context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal)
            ? next(context)
            : ProblemResponses.WriteAsync(context, Problems.OfStatus(StatusCodes.Status404NotFound, "This port answers /health/live and /health/ready only."));
}
