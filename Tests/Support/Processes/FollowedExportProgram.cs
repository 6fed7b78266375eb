using AllData.Tests.Unit.Client;

namespace AllData.Tests.Support;

/// <summary>
/// A process that runs <c>alldata export --follow</c> against a store in memory, and stops for good before a page of the scan: there it is killed.
/// </summary>
internal static class FollowedExportProgram
{
    public const string Command = "export-followed";

    /// <summary>What it says when it has stopped.</summary>
    public const string Reached = "reached";

    /// <summary>Pages of the one interval.</summary>
    public const int Pages = 12;

    private const int PageEvents = 50;

    /// <summary>Runs.</summary>
    /// <param name="directory">Where to.</param>
    /// <param name="format">Of the files.</param>
    /// <param name="page">The page before which it stops.</param>
    public static async Task<int> RunAsync(string directory, string format, int page)
    {
        var (run, scan) = Create();
        scan.BeforePage = async at =>
        {
            if (at >= page * PageEvents)
            {
                Console.WriteLine(Reached);
                await Task.Delay(Timeout.Infinite);
            }
        };
        var code = await run.RunAsync(ArgumentsOf(directory, format));
        await Console.Error.WriteLineAsync(run.Error);
        return code;
    }

    /// <summary>The same store each time, with one interval that is sealed.</summary>
    public static (ClientRun Run, FakeScan Scan) Create()
    {
        var scan = new FakeScan { PageEvents = PageEvents }.AddMany(Pages * PageEvents);
        var run = new ClientRun();
        run.Store.OnScan = range => scan.Read(range);
        run.Store.Certificates.CertifyDay(scan);
        return (run, scan);
    }

    /// <summary>The command line. Files are small, so that some are there when it is killed.</summary>
    public static string[] ArgumentsOf(string directory, string format) =>
    [
        "export", "--follow", "--require", "complete", "--out", directory, "--format", format, "--file-bytes", "4000", "--row-group-events", "60",
        "--from", "20251122",
    ];
}
