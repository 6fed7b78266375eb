using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Put;
using AllData.Replication;

namespace AllData.Client.Bench;

/// <summary><c>alldata bench put</c>.</summary>
internal sealed class BenchPutCommand
{
    private const int MaxInFlight = 100_000;
    private const int UsualOutstanding = 4_096;
    private const string Client = "client";
    private const string Grain = "grain";

    private readonly Option<int[]> _inFlight = new("--in-flight")
    {
        Description = "Calls in flight at once; repeat it for several runs. With --rate: at most so many; default then 4096.",
        DefaultValueFactory = static _ => [1, 64],
    };

    private readonly Option<int> _batch = new Option<int>("--batch")
    {
        Description = "Events of each call; 1: single puts.",
        DefaultValueFactory = static _ => 1,
    }.InRange(1, 1_000);

    private readonly Option<string> _via = new("--via")
    {
        Description = "client: AllDataClient, which gathers puts and tries again, as applications use it. grain: plain calls of a coordinator.",
        DefaultValueFactory = static _ => Client,
    };

    private readonly Option<double?> _rate = new("--rate")
    {
        Description = "Events per second, whatever the answers (an open loop); latency counts from the moment that an event was due. Default: a closed loop.",
    };

    private readonly LoadOptionSet _load = new();
    private readonly PutOptionSet _options = new();

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var bench = new BenchPutCommand();
        var put = new Command("put", "Puts events, shows how many per second and how long they took, and checks by reading back that all are there.")
        {
            bench._inFlight, bench._batch, bench._via, bench._rate,
        };
        bench._inFlight.RequireRange(1, MaxInFlight);
        bench._rate.RequireRange(1, 100_000_000);
        bench._via.AcceptOnlyFromAmong(Client, Grain);
        bench._load.AddTo(put);
        bench._options.AddTo(put);
        put.SetGuardedAction(services, global, (parsed, cancellation) => bench.RunAsync(services, global, parsed, cancellation));
        return put;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var options = _options.Get(parsed);
        await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed, options.Deadline), cancellation);
        await using var way = WayTo(cluster.Grains, parsed, options, services.Time);
        var session = await BenchSession.OpenAsync(services, cluster.Grains, _load.IsVerified(parsed), cancellation);
        var load = new PutLoad(way, parsed.GetValue(_batch));
        await WarmUpAsync(services, parsed, load, cancellation);
        foreach (var inFlight in InFlight(parsed))
        {
            var terms = new BenchTerms(parsed.GetValue(_via)!, inFlight, load.Batch, parsed.GetValue(_rate));
            var record = _load.BeginRun(parsed, services.Random);
            await session.RunAsync(terms, record,
                _load.GetDuration(parsed), () => LoopAsync(services, load, record, terms, _load.GetDuration(parsed), cancellation), cancellation);
        }

        return session.Finish(global.IsJson(parsed));
    }

    private IPutWay WayTo(IGrainFactory grains, ParseResult parsed, PutOptions options, TimeProvider time)
    {
        // What the silo does unasked needs no options with each call.
        var asked = options == new PutOptions() ? null : options;
        return parsed.GetValue(_via) == Client ? new ClientWay(grains, asked, time) : new GrainWay(grains, asked);
    }

    private int[] InFlight(ParseResult parsed) =>
        parsed.GetValue(_rate) is not null && parsed.GetResult(_inFlight) is null or { Implicit: true } ? [UsualOutstanding] : parsed.GetValue(_inFlight)!;

    // With the most callers that will be: their connections, keys and buffers would otherwise be made while it is measured.
    private Task WarmUpAsync(ClientServices services, ParseResult parsed, ILoad load, CancellationToken cancellation)
    {
        var (inFlight, rate) = (InFlight(parsed).Max(), parsed.GetValue(_rate));
        var terms = new BenchTerms("", inFlight, load.Batch, rate);
        return LoopAsync(services, load, _load.BeginRun(parsed, services.Random), terms, _load.GetWarmUp(parsed), cancellation);
    }

    private static Task LoopAsync(
        ClientServices services, ILoad load, RunRecord record, BenchTerms terms, TimeSpan duration, CancellationToken cancellation) =>
        terms.Rate is { } rate
            ? new OpenLoop(load, record, services.Time).RunAsync(rate, terms.InFlight, duration, cancellation)
            : new ClosedLoop([load], record, services.Time).RunAsync(terms.InFlight, duration, cancellation);
}
