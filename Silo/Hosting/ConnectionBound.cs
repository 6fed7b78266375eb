using Microsoft.AspNetCore.Connections;

namespace AllData.Silo.Hosting;

/// <summary>Closes connections beyond a number at a port of Orleans, which has no bound itself.</summary>
/// <param name="port">Which port, for the log.</param>
/// <param name="limit">Connections at once.</param>
/// <param name="logger">Logs each connection that is closed.</param>
internal sealed partial class ConnectionBound(string port, int limit, ILogger<ConnectionBound> logger)
{
    private int _open;

    /// <summary>Puts the bound before the connection handler.</summary>
    public void Use(IConnectionBuilder builder) => builder.Use(next => context => TakeAsync(next, context));

    private async Task TakeAsync(ConnectionDelegate next, ConnectionContext context)
    {
        try
        {
            if (Interlocked.Increment(ref _open) <= limit)
            {
                await next(context);
                return;
            }

            LogRefused(port, limit);
            context.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection to the {Port} port is refused: {Limit} are open, as many as this process has "
        + "descriptors for. Raise the limit of open files.")]
    private partial void LogRefused(string port, int limit);
}
