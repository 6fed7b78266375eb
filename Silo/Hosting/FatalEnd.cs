using System.Diagnostics;
using Orleans.Runtime;

namespace AllData.Silo.Hosting;

/// <summary>
/// Ends the process where Orleans cannot go on, most often because the other silos have declared this one dead: with a sentence, and with an exit code that
/// says that a start is enough. Orleans itself would abort it, with a stack trace and perhaps a memory dump.
/// </summary>
/// <param name="errors">Receives the sentence.</param>
/// <param name="exit">Ends the process with a code.</param>
internal sealed class FatalEnd(TextWriter errors, Action<int> exit) : IFatalErrorHandler
{
    /// <summary>EX_TEMPFAIL of sysexits.h: a later attempt is likely to succeed.</summary>
    public const int ExitCode = 75;

    // As Orleans says it, in its own log and to this handler.
    private const string DeclaredDead = "told I am dead";

    private static readonly TimeSpan ExitBound = TimeSpan.FromSeconds(5);

    /// <summary>The handler of this process.</summary>
    public static FatalEnd OfThisProcess() => new(Console.Error, Exit);

    /// <inheritdoc/>
    public bool IsUnexpected(Exception exception) => exception is not ThreadInterruptedException;

    /// <inheritdoc/>
    public void OnFatalException(object? sender, string? context, Exception? exception)
    {
        var told = $"{context} {exception?.GetBaseException().Message}".ReplaceLineEndings(" ").Trim();
        errors.WriteLine(told.Contains(DeclaredDead, StringComparison.Ordinal)
            ? "The other silos have declared this one dead, most likely because this machine was too busy to answer them, or was cut off from them. It has "
                + "ended; started again, it goes on."
            : $"The silo cannot go on and has ended; started again, it may: {told}");
        exit(ExitCode);
    }

    // What was acknowledged is on disk: an end that hangs may be cut short.
    private static void Exit(int code)
    {
        using var bound = new Timer(static _ => Process.GetCurrentProcess().Kill(), state: null, ExitBound, Timeout.InfiniteTimeSpan);
        Environment.Exit(code);
    }
}
