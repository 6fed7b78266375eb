using Microsoft.Extensions.Logging.Console;

namespace AllData.Silo.Hosting;

/// <summary>
/// One line per entry: <c>2026-01-02T03:04:05.006Z warn: Category[0] message</c>. Written here, read by the process that started the silo.
/// </summary>
internal static class SiloLogFormat
{
    private const string TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z '";
    private const int LevelStart = 25;

    public static ILoggingBuilder AddSiloConsole(this ILoggingBuilder logging)
    {
        logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = TimestampFormat;
        });

        // A paused terminal must not stop the silo: lines that it cannot take are left out.
        logging.Services.Configure<ConsoleLoggerOptions>(options => options.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        Guard(logging.Services);
        return logging;
    }

    // The console stays as it is configured; only what reaches it is guarded.
    private static void Guard(IServiceCollection services)
    {
        services.Remove(services.Last(static s => s.ImplementationType == typeof(ConsoleLoggerProvider)));
        services.AddSingleton<ConsoleLoggerProvider>();
        services.AddSingleton<ILoggerProvider>(static p => new GuardedLogs(p.GetRequiredService<ConsoleLoggerProvider>(), TimeProvider.System));
    }

    /// <summary>
    /// Whether a line is for a person who watches the whole cluster: an error, or a warning of the store. Orleans warns of every late probe; on a
    /// busy machine that is many per second, and there is nothing to do about them.
    /// </summary>
    public static bool IsForWatchers(string line) =>
        line.Length > LevelStart && line.AsSpan(LevelStart) is var rest
            && (rest.StartsWith("warn: AllData.") || rest.StartsWith("fail:") || rest.StartsWith("crit:"));
}
