using Microsoft.Extensions.Logging;

namespace AllData.Clustering;

internal abstract partial class ClusterDatabase
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(Level = LogLevel.Information, Message = "The cluster database ({Database}) is ready after {Attempts} attempt(s).")]
    private partial void LogPrepared(string database, int attempts);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The cluster database ({Database}) is not ready yet, attempt {Attempt}: {Reason} Trying again.")]
    private partial void LogNotReadyYet(string database, int attempt, string reason);
}
