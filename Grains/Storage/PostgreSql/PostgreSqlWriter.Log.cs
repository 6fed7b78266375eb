using Microsoft.Extensions.Logging;

namespace AllData.Storage.PostgreSql;

internal sealed partial class PostgreSqlWriter
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Place} went away: {Reason} Blocks wait for it for {Wait}.")]
    private partial void LogWentAway(string place, string reason, TimeSpan wait);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason} See that the server runs and can be reached.")]
    private partial void LogStaysAway(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Place} is back; the lock on schema {Schema} is held again.")]
    private partial void LogCameBack(string place, string schema);
}
