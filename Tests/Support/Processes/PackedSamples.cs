using System.Globalization;
using System.Xml.Linq;
using AllData.Silo.LocalCluster;
using AllData.Tests.Support.Documentation;

namespace AllData.Tests.Support;

/// <summary>
/// The packages of this build in a folder, and docs/samples built from them, outside of the repository: with a package cache of its own, so that it sees
/// these packages and no earlier ones.
/// </summary>
public sealed class PackedSamples : IAsyncLifetime
{
    private const string Client = "guide-client";

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(10);

    private static readonly string[] Projects = ["Grains.Interfaces", "Grains", "Client"];

    private readonly TemporaryDirectory _directory = new();
    private readonly LocalClusterPeer _ports = LocalClusterLayout.Create("unused", FreePorts.ForProcesses(1), 1).Peers[0];

    /// <summary>Theirs alone: what has it comes from this build.</summary>
    public string Version { get; } = $"0.1.0-test.{Environment.ProcessId}";

    /// <summary>Where the packages are.</summary>
    public string Packages => Path.Combine(_directory.Path, "packages");

    /// <summary>Where the samples are.</summary>
    public string Root => Path.Combine(_directory.Path, "samples");

    /// <summary>The gateway port of the silos of the samples.</summary>
    public int GatewayPort => _ports.GatewayPort;

    /// <summary>A free port for HTTP.</summary>
    public int HttpPort => _ports.HttpPort;

    public async Task InitializeAsync()
    {
        foreach (var project in Projects)
        {
            await DotnetAsync(
                Repository.Root, "pack", project, "-c", Repository.Configuration, "--no-build", "-o", Packages, $"-p:Version={Version}", "--nologo");
        }

        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs", "samples"), "*", SearchOption.AllDirectories))
        {
            await CopyAsync(file, Path.GetRelativePath(Path.Combine(Repository.Root, "docs", "samples"), file));
        }

        await AddGuideClientAsync();
        await File.WriteAllTextAsync(Path.Combine(Root, "nuget.config"), NuGetConfiguration());

        // A weakness that is found in a package of others some day is no fault of the samples.
        await DotnetAsync(
            Root, "build", "Samples.slnx", "-c", Repository.Configuration, "--nologo", $"-p:AllDataVersion={Version}", "-p:NuGetAudit=false");
    }

    public Task DisposeAsync()
    {
        _directory.Dispose();
        return Task.CompletedTask;
    }

    /// <summary>The program of a sample.</summary>
    public string ProgramOf(string sample, string assembly) =>
        Path.Combine(Root, sample, "bin", Repository.Configuration, "net10.0", $"{assembly}.dll");

    /// <summary>Runs <c>dotnet</c> and fails with its output when it fails.</summary>
    public static async Task<string> DotnetAsync(string directory, params string[] arguments)
    {
        var run = await ProgramRun.DotnetAsync(Bound, directory, arguments);
        Assert.True(run.ExitCode == 0, $"dotnet {string.Join(' ', arguments)} ended with {run.ExitCode}:\n{run.Output}\n{run.Errors}");
        return run.Output;
    }

    /// <summary>A directory that goes with this.</summary>
    public string NewDirectory(string name) => Directory.CreateDirectory(Path.Combine(_directory.Path, name)).FullName;

    private async Task CopyAsync(string file, string name)
    {
        if (name.Split(Path.DirectorySeparatorChar).Any(static part => part is "bin" or "obj" or "data"))
        {
            return;
        }

        var target = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        await File.WriteAllTextAsync(target, WithFreePorts(await File.ReadAllTextAsync(file)));
    }

    // The client of the guide for applications, which names no package.
    private async Task AddGuideClientAsync()
    {
        var client = Directory.CreateDirectory(Path.Combine(Root, Client)).FullName;
        var program = string.Join('\n', DocSample.Client);
        await File.WriteAllTextAsync(Path.Combine(client, "Program.cs"), WithFreePorts(program));
        File.Copy(Path.Combine(Root, "worker", "Worker.csproj"), Path.Combine(client, "Client.csproj"));
        var solution = XDocument.Load(Path.Combine(Root, "Samples.slnx"));
        solution.Root!.Add(new XElement("Project", new XAttribute("Path", $"{Client}/Client.csproj")));
        solution.Save(Path.Combine(Root, "Samples.slnx"));
    }

    private string WithFreePorts(string text)
    {
        var gateway = _ports.GatewayPort.ToString(CultureInfo.InvariantCulture);
        var silo = _ports.SiloPort.ToString(CultureInfo.InvariantCulture);
        return text.Replace("siloPort: 11111, gatewayPort: 30000", $"siloPort: {silo}, gatewayPort: {gateway}", StringComparison.Ordinal)
            .Replace("IPAddress.Loopback, 8281", $"IPAddress.Loopback, {gateway}", StringComparison.Ordinal);
    }

    // What others have published is taken from the machine's cache where it has it.
    private string NuGetConfiguration()
    {
        var cache = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        return $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_directory.Path, "cache")}" /></config>
              <packageSources>
                <add key="alldata" value="{Packages}" />
              </packageSources>
              <fallbackPackageFolders>
                <clear />
                {(Directory.Exists(cache) ? $"""<add key="machine" value="{cache}" />""" : "")}
              </fallbackPackageFolders>
            </configuration>
            """;
    }
}
