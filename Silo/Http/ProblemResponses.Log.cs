namespace AllData.Silo.Http;

internal sealed partial class ProblemResponses
{
    [LoggerMessage(Level = LogLevel.Debug, Message = "The caller went away before its answer: {Reason}")]
    private partial void LogCallerGone(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} (request {Request}) failed unexpectedly.")]
    private partial void LogUnforeseen(string method, string path, string request, Exception exception);
}
