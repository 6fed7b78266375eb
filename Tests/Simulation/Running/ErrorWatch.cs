using Microsoft.Extensions.Logging;

namespace AllData.Simulation.Running;

/// <summary>A logger for shipped classes: what they log as an error is a bug, which they answer for and go on; a run must not go on.</summary>
internal sealed class ErrorWatch<T>(World world) : ILogger<T>
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            world.OnFault(new SimulationFailure("no error is logged", $"{typeof(T).Name}: {formatter(state, exception)} {exception}"));
        }
    }
}
