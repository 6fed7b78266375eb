using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace AllData.Silo.Hosting;

/// <summary>What log lines with one cause have in common.</summary>
/// <param name="Category">The logger's category.</param>
/// <param name="Event">The event's id.</param>
/// <param name="Level">Its severity.</param>
/// <param name="Template">The sentence without its values; empty when there are too many different ones.</param>
/// <param name="Failure">The type of the exception, if there is one.</param>
internal readonly record struct LogCause(string Category, int Event, LogLevel Level, string Template, Type? Failure);

/// <summary>
/// Bounds the lines of each cause, so that a caller that sends garbage as fast as the network can does not fill the disk with log lines about it.
/// Omitted lines are counted and reported each minute.
/// </summary>
internal sealed class LogBounds : IDisposable
{
    /// <summary>Lines of one cause in each <see cref="Window"/>.</summary>
    public const int LinesPerCause = 30;

    /// <summary>How many causes are distinguished in each window. Text without a template would otherwise make every line a cause.</summary>
    public const int MaxCauses = 1_000;

    /// <summary>The time in which lines are counted.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Action<LogCause, long> _tell;
    private readonly ITimer _timer;
    private ConcurrentDictionary<LogCause, StrongBox<long>> _counts = new();

    /// <param name="time">The clock of the windows.</param>
    /// <param name="tell">Receives, at the end of a window, how many lines of a cause were left out.</param>
    public LogBounds(TimeProvider time, Action<LogCause, long> tell)
    {
        _tell = tell;
        _timer = time.CreateTimer(static bounds => ((LogBounds)bounds!).EndWindow(), this, Window, Window);
    }

    /// <summary>Whether a line is written. Details that an operator has switched on and lines that end the process are not bounded.</summary>
    public bool Admits(LogCause cause)
    {
        if (cause.Level is < LogLevel.Information or LogLevel.Critical)
        {
            return true;
        }

        var counts = Volatile.Read(ref _counts);
        if (!counts.TryGetValue(cause, out var count))
        {
            count = counts.GetOrAdd(counts.Count < MaxCauses ? cause : cause with { Template = "" }, static _ => new StrongBox<long>());
        }

        return Interlocked.Increment(ref count.Value) <= LinesPerCause;
    }

    /// <summary>Reports what was left out.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        EndWindow();
    }

    private void EndWindow()
    {
        foreach (var (cause, count) in Interlocked.Exchange(ref _counts, new()))
        {
            if (Volatile.Read(ref count.Value) - LinesPerCause is > 0 and var leftOut)
            {
                _tell(cause, leftOut);
            }
        }
    }
}
