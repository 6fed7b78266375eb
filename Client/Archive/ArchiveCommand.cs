using System.CommandLine;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Export;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Archive;

/// <summary><c>alldata archive</c>.</summary>
internal sealed class ArchiveCommand
{
    private const long FileBytes = 256L * 1024 * 1024;

    private readonly IntervalOption _interval = new();

    private readonly Option<string> _to = new("--to", "--out")
    {
        Description = "Directory to copy to; the interval becomes a directory in it.",
        HelpName = "DIRECTORY",
        Required = true,
    };

    private readonly Option<string> _require = new("--require")
    {
        Description = "What its certificate must promise, at least: complete, complete-degraded, or unknown (any certificate will do).",
        DefaultValueFactory = static _ => CertificateLines.TextOf(CertificateState.Complete),
    };

    private readonly Option<string?> _keys = TrustOptions.Keys(
        "Whose signatures count, as alldata verify --keys writes them. Default: those of the peers that the cluster names.");

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var archive = new ArchiveCommand();
        var command = new Command("archive", "Copies a sealed interval as it is stored, with its certificate, and reads the copy again.");
        archive._interval.Option.Required = true;
        archive._require.AcceptOnlyFromAmong([.. Enum.GetValues<CertificateState>().Select(CertificateLines.TextOf)]);
        foreach (var option in new Option[] { archive._interval.Option, archive._to, archive._require, archive._keys })
        {
            command.Add(option);
        }

        command.SetGuardedAction(services, global, (parsed, cancellation) => archive.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var trust = TrustFiles.ReadExistingKeys(parsed.GetValue(_keys));
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var topology = await new ClusterView(cluster.Grains, cluster.Caller).GetTopologyAsync(cancellation);
        var interval = await _interval.GetAsync(parsed, () => Task.FromResult(topology.IntervalLength))
            ?? throw new UsageException("Say which interval: --interval START.");
        var certified = new CertifiedUnits(await new LogReader(cluster).ReadAsync(trust, known: null, cancellation));
        var unit = new ExportUnit(
            interval, interval.FirstKey, interval.EndKey, ExportUnit.Closed, certified.Find(interval)?.Content.Events ?? 0);
        var run = new ExportRun(services, cluster.Grains.CreateEventReader(), topology.ClusterId, GetRequest(parsed), certified);
        var results = await run.RunAsync(new ExportPlan([unit], [], MayLackIntervals: false), cancellation);
        ExportOutput.Write(services.Terminal, results, run.Tally, global.IsJson(parsed));
        return results.Any(static r => r.Outcome == ExportOutcome.Refused) ? ExitCodes.NotCertified : ExitCodes.Done;
    }

    // One that was archived before is read again: that is what it is for.
    private ExportRequest GetRequest(ParseResult parsed) => new(
        Path.GetFullPath(parsed.GetValue(_to)!), ExportFormat.Stored, RowGroupEvents: 0, FileBytes, Overwrite: false, RequireComplete: false, Verify: true,
        ScanScope.Cluster, Required: Enum.GetValues<CertificateState>().Single(state => CertificateLines.TextOf(state) == parsed.GetValue(_require)));
}
