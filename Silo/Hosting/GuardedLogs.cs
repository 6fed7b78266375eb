using System.Globalization;

namespace AllData.Silo.Hosting;

/// <summary>
/// Stands before the silo's log: bounds the lines of each cause, and makes foreign text readable. Much of what is logged, including Orleans' own
/// lines, was sent by unauthenticated callers: it must neither fill the disk nor act on a terminal.
/// </summary>
[ProviderAlias("Console")]
internal sealed class GuardedLogs : ILoggerProvider, ISupportExternalScope
{
    /// <summary>Most characters of a line; the rest of it is counted.</summary>
    public const int MaxLine = 8_192;

    private readonly ILoggerProvider _inner;
    private readonly LogBounds _bounds;

    /// <param name="inner">Where lines go; disposed of with this.</param>
    /// <param name="time">The clock of the bounds.</param>
    public GuardedLogs(ILoggerProvider inner, TimeProvider time)
    {
        _inner = inner;
        _bounds = new LogBounds(time, TellLeftOut);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(_inner.CreateLogger(categoryName), categoryName, _bounds);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => (_inner as ISupportExternalScope)?.SetScopeProvider(scopeProvider);

    public void Dispose()
    {
        _bounds.Dispose();
        _inner.Dispose();
    }

    private void TellLeftOut(LogCause cause, long count)
    {
        var sentence = string.Create(
            CultureInfo.InvariantCulture,
            $"{count:N0} more lines like this within a minute were left out: {ReadableText.Escape(cause.Template)} {cause.Failure?.FullName}");
        var logger = _inner.CreateLogger(cause.Category);
        if (logger.IsEnabled(cause.Level))
        {
            logger.Log(cause.Level, new EventId(cause.Event), sentence, null, static (text, _) => text.TrimEnd());
        }
    }

    /// <summary>A line that may be written unchanged, or its readable text.</summary>
    private static string Readable(string text, Exception? exception)
    {
        // A stack trace becomes one line, like every entry of the log; text inside a message cannot begin another entry.
        var whole = exception is null ? text
            : !ForeseenFailure.IsStackWanted && ForeseenFailure.IsToldInOneSentence(exception) ? WithMessageOf(text, exception)
            : $"{text} {exception.ToString().ReplaceLineEndings(" ")}";
        return whole.Length <= MaxLine
            ? ReadableText.Escape(whole)
            : string.Create(CultureInfo.InvariantCulture, $"{ReadableText.Escape(whole[..MaxLine])} … ({whole.Length - MaxLine:N0} more characters)");
    }

    // The first line: the runtime puts the stack of a failure at another silo into the message of its own.
    private static string WithMessageOf(string text, Exception exception)
    {
        var message = exception.Message.ReplaceLineEndings("\n").Split('\n')[0];
        return text.Contains(message, StringComparison.Ordinal) ? text : $"{text}: {message}";
    }

    private sealed class Logger(ILogger inner, string category, LogBounds bounds) : ILogger
    {
        private readonly bool _isOwn = category.StartsWith("AllData.", StringComparison.Ordinal);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null && !_isOwn && !ForeseenFailure.IsStackWanted && ForeseenFailure.IsRefusal(exception))
            {
                // The start has failed, and the reason is told once, in its own words, when the process ends.
                logLevel = LogLevel.Debug;
            }

            if (!inner.IsEnabled(logLevel) || !bounds.Admits(new LogCause(category, eventId.Id, logLevel, TemplateOf(state), exception?.GetType())))
            {
                return;
            }

            var text = formatter(state, exception);
            var readable = Readable(text, exception);
            if (ReferenceEquals(readable, text))
            {
                inner.Log(logLevel, eventId, state, null, formatter);
            }
            else
            {
                inner.Log(logLevel, eventId, readable, null, static (line, _) => line);
            }
        }

        private static string TemplateOf<TState>(TState state) =>
            state is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 0 } values && values[^1] is { Key: "{OriginalFormat}", Value: string template }
                ? template
                : "";
    }
}
