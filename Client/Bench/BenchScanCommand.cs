using System.CommandLine;
using AllData.Batching;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Client.Read;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Bench;

/// <summary><c>alldata bench scan</c>.</summary>
internal sealed class BenchScanCommand
{
    private readonly RangeOptionSet _range = new();

    private readonly Option<int> _rounds = new Option<int>("--rounds")
    {
        Description = "Scans, one after the other.",
        DefaultValueFactory = static _ => 3,
    }.InRange(1, 1_000);

    private readonly Option<double?> _seconds = new("--seconds") { Description = "Longest time of each scan; it is then given up. Default: to its end." };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var bench = new BenchScanCommand();
        var scan = new Command("scan", "Reads the events of a range repeatedly, and shows how many per second.") { bench._rounds, bench._seconds };
        bench._range.AddTo(scan);
        bench._seconds.RequireRange(0.1, 86_400);
        scan.SetGuardedAction(services, global, (parsed, cancellation) => bench.RunAsync(services, global, parsed, cancellation));
        return scan;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        _range.Check(parsed);
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var view = new ClusterView(cluster.Grains, cluster.Caller);
        var range = _range.GetRange(parsed, await _range.GetIntervalAsync(parsed, () => view.GetIntervalLengthAsync(cancellation)));
        _ = await BenchSession.OpenAsync(services, cluster.Grains, isVerified: false, cancellation);
        var bound = parsed.GetValue(_seconds) is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var rounds = new List<BenchScanJson>();
        for (var i = 0; i < parsed.GetValue(_rounds); i++)
        {
            rounds.Add(await ScanAsync(services, cluster.Grains.CreateEventReader().Scan(range), bound, cancellation));
        }

        BenchScanOutput.Write(services.Terminal, rounds, global.IsJson(parsed));
        return rounds.TrueForAll(static r => r.Complete) ? ExitCodes.Done : ExitCodes.InDoubt;
    }

    private static async Task<BenchScanJson> ScanAsync(ClientServices services, EventScan scan, TimeSpan? bound, CancellationToken cancellation)
    {
        var (tally, isCut) = (new ReadTally(services.Time), false);
        await new WorkProgress(services.Terminal, tally.Describe, null, services.Time) { Period = TimeSpan.FromSeconds(1) }.ShowAsync(async () =>
        {
            await foreach (var page in scan.ReadPagesAsync(cancellation).ReadAheadAsync(cancellation))
            {
                tally.Add(page.Count, page.Records.Length);
                if (isCut = tally.Elapsed > bound)
                {
                    break;
                }
            }
        });

        // One that was given up was complete as far as it got, and its outcome is not known.
        return BenchScanJson.Of(tally, isCut || scan.Outcome.IsComplete);
    }
}
