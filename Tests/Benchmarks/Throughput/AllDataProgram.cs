using System.Diagnostics;
using System.Text.Json;
using AllData.Client.Bench;
using AllData.Client.Terminals;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;

namespace AllData.Benchmarks;

/// <summary>One run of <c>alldata bench</c>.</summary>
/// <param name="Figures">What it has measured; null when it ended without.</param>
/// <param name="Failure">What it said when it did not end well; otherwise null.</param>
internal sealed record ProgramResult(BenchJson? Figures, string? Failure);

/// <summary>The <c>alldata</c> program, as its users start it.</summary>
internal static class AllDataProgram
{
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(5);

    // Where it was built: beside this program, it would find other libraries than its own.
    private static string Path => Repository.OutputOf("Client", "alldata.dll");

    /// <summary>The options that name the gateways of a cluster.</summary>
    public static IEnumerable<string> GatewaysOf(LocalClusterLayout layout) =>
        layout.Peers.SelectMany(static p => new[] { "--gateway", $"127.0.0.1:{p.GatewayPort}" });

    /// <summary>Runs a measurement of one load.</summary>
    public static async Task<ProgramResult> BenchAsync(IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path, "bench", .. arguments, "--json"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Bound);
        }
        catch (TimeoutException)
        {
            process.Kill();
            return new ProgramResult(null, $"It did not end within {Bound}.");
        }

        var (figures, said) = (Read(await output), (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var reasons = figures is null ? said.TakeLast(3) : figures.Errors.Select(static e => $"{e.Value} {e.Key}").Append($"{figures.Lost ?? 0} lost");
        return new ProgramResult(figures, process.ExitCode == 0 ? null : $"exit code {process.ExitCode}: {string.Join(", ", reasons)}");
    }

    private static BenchJson? Read(string output)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchJson[]>(output, JsonOutput.Options) is [var run, ..] ? run : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
