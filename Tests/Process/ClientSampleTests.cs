using System.Globalization;
using AllData.Events;
using AllData.Tests.Support;
using AllData.Tests.Support.Documentation;
using Xunit.Abstractions;

namespace AllData.Tests.Processes;

/// <summary>The client of the guide for applications, as it stands there.</summary>
[Collection(ProcessTests.Name)]
public sealed class ClientSampleTests(ITestOutputHelper output) : IDisposable
{
    private const string DefaultGatewayPort = "8281";
    private const int MostLines = 10;

    private static readonly TimeSpan BuildBound = TimeSpan.FromMinutes(5);

    private readonly TemporaryDirectory _project = new();

    public void Dispose() => _project.Dispose();

    [Fact]
    public async Task The_client_of_the_guide_compiles_against_the_contracts_alone_and_puts_an_event()
    {
        var sample = DocSample.Client;
        var statements = sample.Where(line => line.Length > 0 && !line.StartsWith("using ", StringComparison.Ordinal)).ToList();
        Assert.True(statements.Count <= MostLines, $"The sample has {statements.Count} lines beside its usings; {MostLines} were promised.");
        await using var cluster = await LocalClusterProcesses.StartAsync(1);
        await WriteProjectAsync(sample, cluster.Layout.Peers[0].GatewayPort);

        var run = await ProgramRun.DotnetAsync(BuildBound, _project.Path, "run", "-c", Repository.Configuration);

        output.WriteLine(run.Output);
        Assert.True(run.ExitCode == 0, $"The sample ended with {run.ExitCode}:\n{run.Output}\n{run.Errors}");
        var line = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        Assert.True(EventKey.TryParse(line.Split(' ')[0], out _), run.Output);
        Assert.EndsWith("is on north-a (north/a)", line);
    }

    private async Task WriteProjectAsync(IReadOnlyList<string> sample, int gatewayPort)
    {
        Assert.Single(sample, line => line.Contains(DefaultGatewayPort, StringComparison.Ordinal));
        var port = gatewayPort.ToString(CultureInfo.InvariantCulture);
        await File.WriteAllLinesAsync(
            Path.Combine(_project.Path, "Program.cs"), sample.Select(line => line.Replace(DefaultGatewayPort, port, StringComparison.Ordinal)));
        var contracts = Path.Combine(Repository.Root, "Grains.Interfaces", "AllData.Grains.Interfaces.csproj");
        await File.WriteAllTextAsync(Path.Combine(_project.Path, "Sample.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{contracts}" />
              </ItemGroup>
            </Project>
            """);
    }
}
