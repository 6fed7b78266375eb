using System.Diagnostics;

namespace AllData.Tests.Support;

/// <summary>A program run to its end.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">What it printed to standard error.</param>
internal sealed record ProgramRun(int ExitCode, string Output, string Errors)
{
    /// <summary>Runs <c>dotnet</c>; ends it when it takes longer than the bound.</summary>
    public static Task<ProgramRun> DotnetAsync(TimeSpan bound, string directory, params string[] arguments) =>
        RunAsync("dotnet", bound, directory, arguments);

    /// <summary>Runs a program; ends it when it takes longer than the bound.</summary>
    public static async Task<ProgramRun> RunAsync(string program, TimeSpan bound, string directory, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // A build server that outlives its build would hold the output open.
            Environment = { ["MSBUILDDISABLENODEREUSE"] = "1", ["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0", ["UseSharedCompilation"] = "false" },
        };
        using var process = Process.Start(start)!;
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(bound);
            return new ProgramRun(process.ExitCode, await output.WaitAsync(bound), await errors.WaitAsync(bound));
        }
        catch (TimeoutException e)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {bound}.", e);
        }
    }
}
