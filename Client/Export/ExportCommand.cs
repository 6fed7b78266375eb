using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Export;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Read;
using AllData.Client.Terminals;

namespace AllData.Client.Export;

/// <summary><c>alldata export</c>.</summary>
internal sealed class ExportCommand
{
    private readonly RangeOptionSet _range = new();

    private readonly Option<ExportFormat> _format = new("--format")
    {
        Description = "parquet or ndjson.",
        DefaultValueFactory = static _ => ExportFormat.Parquet,
    };

    private readonly Option<string> _out = new("--out")
    {
        Description = "Directory to export to; each interval becomes a directory in it.",
        Required = true,
    };

    private readonly Option<int> _rowGroupEvents = new Option<int>("--row-group-events")
    {
        Description = "Events of a Parquet row group, at most; so many are in memory.",
        DefaultValueFactory = static _ => 128 * 1024,
    }.InRange(1, 1024 * 1024);

    private readonly Option<long> _fileBytes = new Option<long>("--file-bytes")
    {
        Description = "A file that has grown to so many bytes is followed by another one.",
        DefaultValueFactory = static _ => 256L * 1024 * 1024,
    }.InRange(1, long.MaxValue);

    private readonly Option<bool> _overwrite = new("--overwrite")
    {
        Description = "Export again what was exported before, also for another range.",
    };

    private readonly Option<bool> _requireComplete = new("--require-complete")
    {
        Description = "Make no interval visible in which something is in doubt, and end there.",
    };

    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Check the digests of files exported before, not only their lengths.",
    };

    private readonly Option<bool> _byTopic = new("--by-topic")
    {
        Description = "Files of its own for each topic, in directories topic=NAME.",
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var export = new ExportCommand();
        var command = new Command("export", "Writes the events of whole intervals, or of a range, to files for batch jobs.");
        export._range.AddTo(command);
        export._format.AcceptOnlyFromAmong("parquet", "ndjson");
        foreach (var option in new Option[]
            {
                export._format, export._out, export._rowGroupEvents, export._fileBytes, export._overwrite, export._requireComplete, export._verify,
                export._byTopic,
            })
        {
            command.Add(option);
        }

        command.SetGuardedAction(services, global, (parsed, cancellation) => export.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        _range.Check(parsed);
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var topology = await new ClusterView(cluster.Grains, cluster.Caller).GetTopologyAsync(cancellation);
        var plan = await PlanAsync(parsed, services, cluster.Grains, cluster.Caller, topology.IntervalLength, cancellation);
        var run = new ExportRun(services, cluster.Grains.CreateEventReader(), topology.ClusterId, GetRequest(parsed));
        var results = await run.RunAsync(plan, cancellation);
        ExportOutput.Write(services.Terminal, results, run.Tally, global.IsJson(parsed));
        IntervalsOutput.SaySilent(services.Terminal, plan.Silent);
        return !plan.MayLackIntervals && results.All(static r => r.Manifest.Complete) ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    private async Task<ExportPlan> PlanAsync(
        ParseResult parsed, ClientServices services, IGrainFactory grains, RetryingCaller caller, TimeSpan length, CancellationToken cancellation)
    {
        var interval = await _range.GetIntervalAsync(parsed, () => Task.FromResult(length));
        var survey = new PeerSurvey(grains, caller);
        var peers = await survey.GetPeersAsync(cancellation);
        var replies = await survey.AskAsync(peers, static (_, replica) => replica.GetIntervals(), cancellation);
        return ExportPlan.Of(replies, interval, _range.GetRange(parsed, interval), services.Time.GetUtcNow());
    }

    private ExportRequest GetRequest(ParseResult parsed) => new(
        Path.GetFullPath(parsed.GetValue(_out)!), parsed.GetValue(_format), parsed.GetValue(_rowGroupEvents), parsed.GetValue(_fileBytes),
        parsed.GetValue(_overwrite), parsed.GetValue(_requireComplete), parsed.GetValue(_verify), _range.GetScope(parsed),
        _range.GetTopic(parsed), parsed.GetValue(_byTopic));
}
