using System.Diagnostics;
using AllData.Client.Commands;
using AllData.Client.Export;
using AllData.Tests.Support;
using AllData.Tests.Unit.Client;

namespace AllData.Tests.Processes;

/// <summary>Processes that export what is sealed are killed half-way, and others take over.</summary>
[Collection(SingleProcessTests.Name)]
public sealed class KilledExportTests : IDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _directory = new();

    private string Lake => Path.Combine(_directory.Path, "lake");

    private string Interval => Path.Combine(Lake, "interval=20251122T000000");

    private string Finished => Path.Combine(Interval, "version=1");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task One_that_is_killed_half_way_ten_times_leaves_one_complete_set_of_files_each_time()
    {
        Directory.CreateDirectory(Lake);
        for (var kill = 0; kill < 10; kill++)
        {
            var format = kill % 2 == 0 ? "ndjson" : "parquet";
            using var process = await StartAsync(format, page: kill + 1);
            Assert.False(Directory.Exists(Interval), "An interval is visible before it is whole.");
            if (format == "ndjson")
            {
                // It reads ahead: the page before may still be on its way to the file.
                await Eventually.Holds("it writes", Bound, () => Directory.EnumerateFiles(Lake, "part-*", SearchOption.AllDirectories).Any(), () => "no file");
            }

            // The next one is there already, and waits.
            var (next, _) = FollowedExportProgram.Create();
            using var stop = new CancellationTokenSource();
            next.Cancellation = stop.Token;
            var following = next.RunAsync(FollowedExportProgram.ArgumentsOf(Lake, format));
            if (kill == 0)
            {
                await Eventually.Holds("the next one looks at the directory", Bound, () => next.Time.Waits.Count > 3, () => $"{next.Time.Waits.Count} waits");
                Assert.False(Directory.Exists(Interval), "Two export at once.");
            }

            process.Kill();
            await process.WaitForExitAsync().WaitAsync(Bound);
            await Eventually.Holds("the next one exports the interval", Bound, () => Directory.Exists(Finished), () => "nothing is there");
            await stop.CancelAsync();
            Assert.Equal(ExitCodes.Interrupted, await following.WaitAsync(Bound));
            await CheckAsync();
            Directory.Delete(Interval, recursive: true);
        }
    }

    private async Task<Process> StartAsync(string format, int page)
    {
        string[] arguments = [typeof(KilledExportTests).Assembly.Location, FollowedExportProgram.Command, Lake, format, $"{page}"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        var process = Process.Start(start)!;
        Assert.Equal(FollowedExportProgram.Reached, await process.StandardOutput.ReadLineAsync().WaitAsync(Bound));
        return process;
    }

    private async Task CheckAsync()
    {
        Assert.Equal([Interval], Directory.GetFileSystemEntries(Lake));
        Assert.Equal([Finished], Directory.GetFileSystemEntries(Interval));
        var manifest = ExportManifest.TryRead(Finished)!;
        Assert.Equal(
            manifest.Files.Select(static f => f.Name).Append(ExportManifest.FileName).Append(CertificateFile.Name).Order(StringComparer.Ordinal),
            Directory.GetFiles(Finished).Select(static f => Path.GetFileName(f)).Order(StringComparer.Ordinal));

        // Each process has keys of its own, so that signatures are not compared here.
        var run = new ClientRun { ConnectFailure = new InvalidOperationException("There is no cluster.") };
        Assert.Equal(ExitCodes.InDoubt, await run.RunAsync("verify", "--offline", Finished));
        Assert.Contains("Interval 20251122T000000 holds: complete, version 1, 600 events", run.Output, StringComparison.Ordinal);
    }
}
