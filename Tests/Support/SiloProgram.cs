using System.Collections.Concurrent;
using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>The silo program as a process of its own, and what it has printed.</summary>
internal sealed class SiloProgram : IAsyncDisposable
{
    private static readonly TimeSpan StartBound = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan EndBound = TimeSpan.FromSeconds(40);

    private const int MaxLineLength = 400;

    private readonly Process _process;

    private SiloProgram(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public ConcurrentQueue<string> Lines { get; } = new();

    public int Pid => _process.Id;

    /// <summary>Starts it; its standard input is empty, as when it is started from a script.</summary>
    public static SiloProgram Start(params string[] arguments) => Run("dotnet", [Program, .. arguments]);

    /// <summary>Starts another program that hosts a silo, in a directory.</summary>
    public static SiloProgram StartIn(string directory, string assembly, params string[] arguments) => Run("dotnet", [assembly, .. arguments], directory);

    /// <summary>Starts it in a process that may open only so many files and connections.</summary>
    public static SiloProgram StartWithDescriptors(int limit, params string[] arguments) =>
        Run("/bin/sh", ["-c", $"ulimit -n {limit}; exec dotnet \"$@\"", "sh", Program, .. arguments]);

    private static string Program => System.IO.Path.Combine(AppContext.BaseDirectory, "AllData.Silo.dll");

    private static SiloProgram Run(string file, string[] arguments, string directory = "")
    {
        var process = Process.Start(new ProcessStartInfo(file, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        })!;
        process.StandardInput.Close();
        return new SiloProgram(process);
    }

    /// <summary>Waits for a line that it prints.</summary>
    public Task<string?> PrintsAsync(string part) =>
        Eventually.IsAsync($"the program prints '{part}'", () => Find(part), line => line is not null, StartBound);

    /// <summary>Ends a wait for what a program that has ended will not do any more.</summary>
    public void ThrowIfEnded()
    {
        if (_process.HasExited)
        {
            throw new InvalidOperationException($"It ended with {_process.ExitCode}:\n{Output}");
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> EndsAsync()
    {
        using var bound = new CancellationTokenSource(EndBound);
        try
        {
            await _process.WaitForExitAsync(bound.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Process {Pid} did not end within {EndBound}:\n{Output}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await EndsAsync();
        }

        _process.Dispose();
    }

    // A stack trace in a line of a log would push the sentence that says what happened out of a build's report.
    private string Output => string.Join('\n', Lines.Select(static line => line.Length <= MaxLineLength ? line : line[..MaxLineLength] + " …"));

    private string? Find(string part)
    {
        // Asked first: what it prints while it ends is looked through afterwards.
        var hasEnded = _process.HasExited;
        var found = Lines.FirstOrDefault(line => line.Contains(part, StringComparison.Ordinal));
        return found is null && hasEnded
            ? throw new InvalidOperationException($"It ended with {_process.ExitCode}:\n{Output}")
            : found;
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            Lines.Enqueue(line);
        }
    }
}
