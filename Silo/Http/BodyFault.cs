using Microsoft.AspNetCore.Connections;

namespace AllData.Silo.Http;

/// <summary>The meaning of a request body that cannot be read to its end: the same for all readers.</summary>
internal static class BodyFault
{
    /// <summary>Whether the connection is gone: then no answer is possible, and there is no reason for an alarm.</summary>
    public static bool IsCallerGone(HttpContext context, Exception e) =>
        context.RequestAborted.IsCancellationRequested || e is ConnectionResetException or ConnectionAbortedException;

    /// <summary>The status of a body that breaks the protocol or its coding, or comes too slowly; null when something else failed.</summary>
    public static int? StatusOf(Exception e) => e switch
    {
        BadHttpRequestException bad => bad.StatusCode,

        // The server's chunk reader says so of a size that overflows, its body reader of one that was cut, a decompressor of wrong bytes.
        InvalidDataException or InvalidOperationException or IOException => StatusCodes.Status400BadRequest,
        OperationCanceledException => StatusCodes.Status408RequestTimeout,
        _ => null,
    };

    /// <summary>Whether the body breaks the protocol, rather than the connection being gone.</summary>
    public static bool IsOfTheBody(IOException e) => e is not (BadHttpRequestException or ConnectionResetException);

    /// <summary>The answer to a body that breaks the protocol.</summary>
    public static BadHttpRequestException Refusal(IOException e) =>
        new($"The body cannot be read: {e.Message} Nothing was written; send it again.", StatusCodes.Status400BadRequest, e);
}
