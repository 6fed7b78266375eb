using System.Diagnostics;
using AllData.Tests.Support;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>The client's commands of the README, as they stand there.</summary>
[Collection(ProcessTests.Name)]
public sealed class ReadmeCommandTests(ITestOutputHelper output) : IDisposable
{
    private const string Marker = "<!-- client-commands -->";
    private const string Fence = "```";
    private const string Program = "dotnet run -c Release --project Client -- ";

    private static readonly string Configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;

    private static readonly string[] CommandsInDoubt = ["status", "audit", "explain", "where"];

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(9);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Each_command_of_the_README_works_when_copied()
    {
        var commands = Commands();
        await using var cluster = await LocalClusterProcesses.StartAsync(2);

        var codes = await RunAsync(commands, string.Join(',', cluster.Layout.Peers.Select(static p => $"127.0.0.1:{p.GatewayPort}")));

        Assert.Equal(commands.Count, codes.Count);
        Assert.All(commands.Zip(codes), static pair => Assert.True(pair.Second == 0 || IsInDoubt(pair), $"'{pair.First}' ended with {pair.Second}."));
    }

    // What was put a moment ago may still be on its way to its last copy: these then say so.
    private static bool IsInDoubt((string Command, int Code) pair) =>
        pair.Code == 4 && CommandsInDoubt.Any(command => pair.Command.StartsWith($"{Program}{command}", StringComparison.Ordinal));

    private static List<string> Commands()
    {
        var lines = File.ReadLines(Path.Combine(Repository.Root, "README.md")).SkipWhile(static line => line != Marker).Skip(1).ToList();
        Assert.True(lines.Count > 0 && lines[0] == Fence + "sh", $"README.md has no commands after {Marker}.");
        return [.. lines.Skip(1).TakeWhile(static line => line != Fence)];
    }

    /// <summary>Runs them in one shell; what the README builds first is built already.</summary>
    private async Task<List<int>> RunAsync(List<string> commands, string gateways)
    {
        // The client's own output: the one beside the tests lacks what the tests' framework has.
        var client = $"dotnet '{Path.Combine(Repository.Root, "Client", "bin", Configuration, "net10.0", "alldata.dll")}' ";
        var script = string.Join('\n', commands.Select(c => $"{c.Replace(Program, client, StringComparison.Ordinal)}\necho $? >> codes"));
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            WorkingDirectory = _directory.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["ALLDATA_GATEWAYS"] = gateways, ["XDG_CONFIG_HOME"] = _directory.Path },
        };
        using var process = Process.Start(start)!;
        var (results, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        try
        {
            await process.WaitForExitAsync().WaitAsync(Bound);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        output.WriteLine(await results);
        output.WriteLine(await errors);
        return [.. File.ReadLines(Path.Combine(_directory.Path, "codes"))
            .Select(static line => int.Parse(line, System.Globalization.CultureInfo.InvariantCulture))];
    }
}
