using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace AllData.Tests.Support;

/// <summary>What was logged.</summary>
internal sealed record LoggedLine(LogLevel Level, string Category, string Message, Exception? Exception);

/// <summary>Keeps all that is logged.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    public ConcurrentQueue<LoggedLine> Lines { get; } = new();

    /// <summary>The lines that would alarm an operator.</summary>
    public LoggedLine[] Alarms => [.. Lines.Where(line => line.Level >= LogLevel.Warning)];

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Logger(RecordedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            log.Lines.Enqueue(new LoggedLine(logLevel, category, formatter(state, exception), exception));
    }
}
