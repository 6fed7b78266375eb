using System.CommandLine;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Export;

/// <summary><c>alldata export</c>.</summary>
internal sealed class ExportCommand
{
    private static readonly string Complete = CertificateLines.TextOf(CertificateState.Complete);
    private static readonly string CompleteDegraded = CertificateLines.TextOf(CertificateState.CompleteDegraded);

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

    private readonly Option<string?> _require = new("--require")
    {
        Description = "Refuse intervals whose newest certificate is not at least complete or complete-degraded, and compare what is written with its root.",
    };

    private readonly Option<string?> _keys = TrustOptions.Keys(
        "With --require: whose signatures count, as alldata verify --keys writes them. Default: those of the peers that the cluster names.");

    private readonly Option<bool> _follow = new("--follow")
    {
        Description = "With --require: export each interval once it is sealed, and each new version of its certificate, in a directory of its own. Never ends.",
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
        export._require.AcceptOnlyFromAmong(Complete, CompleteDegraded);
        foreach (var option in new Option[]
            {
                export._format, export._out, export._rowGroupEvents, export._fileBytes, export._overwrite, export._requireComplete, export._require,
                export._keys, export._follow, export._verify, export._byTopic,
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
        CheckCertified(parsed);
        var trust = TrustFiles.ReadExistingKeys(parsed.GetValue(_keys));
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var topology = await new ClusterView(cluster.Grains, cluster.Caller).GetTopologyAsync(cancellation);
        if (parsed.GetValue(_follow))
        {
            await new FollowedExport(services, cluster, topology.ClusterId, GetRequest(parsed), trust, _range.GetRange(parsed, interval: null).From)
                .RunAsync(global.IsJson(parsed), cancellation);
        }

        var certified = RequiredOf(parsed) is null ? null : new CertifiedUnits(await new LogReader(cluster).ReadAsync(trust, known: null, cancellation));
        var plan = await PlanAsync(parsed, services, cluster, topology.IntervalLength, certified, cancellation);
        var run = new ExportRun(services, cluster.Grains.CreateEventReader(), topology.ClusterId, GetRequest(parsed), certified);
        var results = await run.RunAsync(plan, cancellation);
        ExportOutput.Write(services.Terminal, results, run.Tally, global.IsJson(parsed));
        IntervalsOutput.SaySilent(services.Terminal, plan.Silent);
        return results.Any(static r => r.Outcome == ExportOutcome.Refused) ? ExitCodes.NotCertified
            : !plan.MayLackIntervals && results.All(static r => r.Manifest is { Complete: true }) ? ExitCodes.Done
            : ExitCodes.InDoubt;
    }

    private async Task<ExportPlan> PlanAsync(
        ParseResult parsed, ClientServices services, ClusterSession cluster, TimeSpan length, CertifiedUnits? certified, CancellationToken cancellation)
    {
        var interval = await _range.GetIntervalAsync(parsed, () => Task.FromResult(length));
        var survey = new PeerSurvey(cluster.Grains, cluster.Caller);
        var peers = await survey.GetPeersAsync(cancellation);
        var replies = await survey.AskAsync(peers, static (_, replica) => replica.GetIntervals(), cancellation);
        return ExportPlan.Of(replies, interval, _range.GetRange(parsed, interval), services.Time.GetUtcNow(), certified?.WithEvents ?? []);
    }

    // A certificate is about all events of an interval, as the peers of one cluster hold them.
    private void CheckCertified(ParseResult parsed)
    {
        if (parsed.GetValue(_follow) && (RequiredOf(parsed) is null || _range.HasEnd(parsed) || parsed.GetValue(_overwrite)))
        {
            throw new UsageException("--follow needs --require, and may have --from: leave out --interval, --to and --overwrite.");
        }

        if (RequiredOf(parsed) is null)
        {
            if (parsed.GetValue(_keys) is not null)
            {
                throw new UsageException("--keys says whose signatures count with --require.");
            }
        }
        else if (_range.GetTopic(parsed) is not null || _range.IsStoreGiven(parsed))
        {
            throw new UsageException(
                "A certificate is about all events of an interval, as the peers of one cluster hold them: leave out --topic and --scope store with --require.");
        }
    }

    private CertificateState? RequiredOf(ParseResult parsed) =>
        parsed.GetValue(_require) is not { } required ? null
        : required == Complete ? CertificateState.Complete
        : CertificateState.CompleteDegraded;

    private ExportRequest GetRequest(ParseResult parsed) => new(
        Path.GetFullPath(parsed.GetValue(_out)!), parsed.GetValue(_format), parsed.GetValue(_rowGroupEvents), parsed.GetValue(_fileBytes),
        parsed.GetValue(_overwrite), parsed.GetValue(_requireComplete), parsed.GetValue(_verify),
        RequiredOf(parsed) is null ? _range.GetScope(parsed) : ScanScope.Cluster, _range.GetTopic(parsed), parsed.GetValue(_byTopic), RequiredOf(parsed));
}
