using System.Globalization;
using System.IO.Compression;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AllData.Events;
using AllData.Tests.Support;

namespace AllData.Tests.Processes;

/// <summary>What a user gets: the packages, and the samples built from them alone and run.</summary>
[Collection(SingleProcessTests.Name)]
public sealed partial class PackageTests(PackedSamples samples) : IClassFixture<PackedSamples>
{
    private const int EventsOfWorker = 1_000;

    private static readonly string[] Common = ["LICENSE", "PACKAGE.md", "icon.png"];

    [Theory]
    [InlineData("AllData.Orleans.Client", "AllData.Grains.Interfaces")]
    [InlineData("AllData.Orleans.Server", "AllData.Grains")]
    public void A_library_has_its_assembly_its_documentation_and_nothing_else(string package, string assembly)
    {
        using var content = Open(package, "nupkg");
        Assert.Equal(
            [.. Common, $"lib/net10.0/{assembly}.dll", $"lib/net10.0/{assembly}.xml"],
            FilesOf(content).Order(StringComparer.Ordinal).ToArray());
        using var symbols = Open(package, "snupkg");
        Assert.Equal([$"lib/net10.0/{assembly}.pdb"], FilesOf(symbols));
        CheckMetadata(content, package);
    }

    [Fact]
    public void The_tool_has_the_client_and_nothing_of_a_silo()
    {
        using var content = Open("alldata", "nupkg");
        var own = FilesOf(content).Where(static file => Path.GetFileName(file).StartsWith("AllData", StringComparison.OrdinalIgnoreCase)
            && file.EndsWith(".dll", StringComparison.Ordinal)).Select(Path.GetFileName);
        Assert.Equal(["AllData.Grains.Interfaces.dll", "alldata.dll"], own.Order(StringComparer.Ordinal));
        CheckMetadata(content, "alldata");
    }

    [Fact]
    public void The_samples_name_packages_and_no_project() => Assert.All(
        Directory.GetFiles(samples.Root, "*.csproj", SearchOption.AllDirectories),
        static project => Assert.DoesNotContain("ProjectReference", File.ReadAllText(project)));

    [Fact]
    public async Task A_silo_of_ones_own_has_the_store_beside_its_own_grains()
    {
        var output = await PackedSamples.DotnetAsync(samples.NewDirectory("own"), samples.ProgramOf("own-silo", "OwnSilo"));

        // Before or after it Orleans may warn of something.
        Assert.Contains(output.Split('\n'), static line =>
            line.EndsWith("is on local (local/local)", StringComparison.Ordinal) && EventKey.TryParse(line.Split(' ')[0], out _));
    }

    [Fact]
    public async Task An_integration_test_of_a_user_passes()
    {
        var output = await PackedSamples.DotnetAsync(
            Path.Combine(samples.Root, "integration-test"), "test", "-c", Repository.Configuration, "--no-build", "--nologo");

        Assert.Contains("Passed!", output);
    }

    [Fact]
    public async Task A_peer_client_of_ones_own_keeps_the_promises_that_it_is_checked_for()
    {
        var output = await PackedSamples.DotnetAsync(samples.NewDirectory("peer"), samples.ProgramOf("peer-client", "ArchivePeer"));

        Assert.Matches("^All promises are kept: [1-9][0-9]* blocks$", output.Trim());
    }

    [Fact]
    public async Task A_web_application_takes_orders_a_worker_and_the_client_of_the_guide_put_and_a_batch_job_counts_what_the_tool_exports()
    {
        var directory = samples.NewDirectory("web");
        var address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{samples.HttpPort}");
        await using var web = SiloProgram.StartIn(directory, samples.ProgramOf("web", "Web"), "--urls", address);
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        await Eventually.IsAsync("the web application is ready", () => IsReadyAsync(http, web), static isReady => isReady, TimeSpan.FromMinutes(3));

        using var order = new StringContent("""{"n":0}""");
        using var answer = await http.PostAsync("/orders", order);
        Assert.True(EventKey.TryParse(await answer.Content.ReadAsStringAsync(), out _));
        Assert.Contains($"{EventsOfWorker} events are stored", await PackedSamples.DotnetAsync(directory, samples.ProgramOf("worker", "Worker")));
        Assert.Contains("is on local (local/local)", await PackedSamples.DotnetAsync(directory, samples.ProgramOf("guide-client", "Client")));

        var from = DateTime.UtcNow.AddDays(-1).ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        await InstalledToolAsync(directory, "export", "--from", from, "--out", "lake");
        var counted = Counted().Matches(await PackedSamples.DotnetAsync(directory, samples.ProgramOf("batch", "Batch")));
        Assert.Equal(EventsOfWorker + 2, counted.Sum(static line => int.Parse(line.Groups[1].ValueSpan, CultureInfo.InvariantCulture)));
        Assert.Equal(
            EventsOfWorker * (EventsOfWorker + 1) / 2, counted.Sum(static line => int.Parse(line.Groups[2].ValueSpan, CultureInfo.InvariantCulture)));
    }

    private async Task InstalledToolAsync(string directory, params string[] arguments)
    {
        await PackedSamples.DotnetAsync(samples.Root, "tool", "install", "alldata", "--tool-path", directory, "--version", samples.Version);
        var gateway = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{samples.GatewayPort}");
        var run = await ProgramRun.RunAsync(Path.Combine(directory, "alldata"), TimeSpan.FromMinutes(3), directory, ["--gateway", gateway, .. arguments]);
        Assert.True(run.ExitCode == 0, $"alldata ended with {run.ExitCode}:\n{run.Output}\n{run.Errors}");
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, SiloProgram web)
    {
        web.ThrowIfEnded();
        try
        {
            using var answer = await http.GetAsync("/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private ZipArchive Open(string package, string extension) => ZipFile.OpenRead(Path.Combine(samples.Packages, $"{package}.{samples.Version}.{extension}"));

    private static IEnumerable<string> FilesOf(ZipArchive package) => package.Entries.Select(static entry => entry.FullName)
        .Where(static file => !file.EndsWith(".nuspec", StringComparison.Ordinal) && !file.StartsWith("_rels/", StringComparison.Ordinal)
            && !file.StartsWith("package/", StringComparison.Ordinal) && file != "[Content_Types].xml");

    private static void CheckMetadata(ZipArchive package, string id)
    {
        using var stream = package.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var metadata = XDocument.Load(stream).Root!.Elements().Single();
        string? Of(string name) => metadata.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;
        Assert.Equal((id, "MIT", "PACKAGE.md", "icon.png"), (Of("id"), Of("license"), Of("readme"), Of("icon")));
        Assert.NotEmpty(Of("description")!);
        var repository = metadata.Elements().Single(static element => element.Name.LocalName == "repository");
        Assert.Matches("^[0-9a-f]{40}$", (string?)repository.Attribute("commit"));
        Assert.Equal(0, new[] { "xunit", "BannedApi", "BenchmarkDotNet" }.Count(metadata.ToString().Contains));
    }

    [GeneratedRegex(@": (\d+) events, n adds up to (\d+)")]
    private static partial Regex Counted();
}
