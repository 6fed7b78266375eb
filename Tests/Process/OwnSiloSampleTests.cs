using AllData.Events;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support;
using AllData.Tests.Support.Documentation;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>The silo of one's own of the guide, as it stands there.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class OwnSiloSampleTests(ITestOutputHelper output) : IDisposable
{
    private const string Page = "docs/guides/own-silo.md";
    private const string ClonePath = "../alldata/";

    private static readonly TimeSpan BuildBound = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task The_silo_of_the_guide_compiles_starts_and_puts_an_event()
    {
        await WriteProjectAsync();

        var run = await ProgramRun.DotnetAsync(BuildBound, _project.Path, "run", "-c", Repository.Configuration);

        output.WriteLine(run.Output);
        Assert.True(run.ExitCode == 0, $"The sample ended with {run.ExitCode}:\n{run.Output}\n{run.Errors}");
        var line = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Single(static l => l.EndsWith("is on local (local/local)", StringComparison.Ordinal));
        Assert.True(EventKey.TryParse(line.Split(' ')[0], out _), run.Output);
    }

    private async Task WriteProjectAsync()
    {
        var ports = LocalClusterLayout.Create("unused", FreePorts.ForProcesses(1), 1).Peers[0];
        var program = string.Join('\n', DocSample.Of(Page, "own-silo"));
        Assert.Contains("siloPort: 11111, gatewayPort: 30000", program);
        program = program.Replace("siloPort: 11111, gatewayPort: 30000", $"siloPort: {ports.SiloPort}, gatewayPort: {ports.GatewayPort}",
            StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(_project.Path, "Program.cs"), program);

        var items = string.Join('\n', DocSample.Of(Page, "own-silo-project"));
        Assert.Contains(ClonePath, items);
        await File.WriteAllTextAsync(Path.Combine(_project.Path, "Sample.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              {items.Replace(ClonePath, Repository.Root + "/", StringComparison.Ordinal)}
            </Project>
            """);
    }
}
