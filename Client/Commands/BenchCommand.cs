using System.CommandLine;
using AllData.Client.Measuring;
using AllData.Client.Output;
using AllData.Replication;

namespace AllData.Client.Commands;

/// <summary><c>alldata bench put</c>.</summary>
internal sealed class BenchCommand
{
    private const int MaxInFlight = 10_000;

    private readonly Option<int[]> _inFlight = new("--in-flight")
    {
        Description = "Puts under way at once; repeat it for several runs.",
        DefaultValueFactory = static _ => [1, 64],
    };

    private readonly Option<int> _size = new Option<int>("--size")
    {
        Description = "Bytes of an event.",
        DefaultValueFactory = static _ => 200,
    }.InRange(SizedEvent.MinBytes, 1024 * 1024);

    private readonly Option<double> _seconds = new Option<double>("--seconds")
    {
        Description = "Length of each run.",
        DefaultValueFactory = static _ => 10,
    }.InRange(0.1, 3_600);

    private readonly Option<double> _warmUp = new Option<double>("--warm-up")
    {
        Description = "Seconds of puts before the first run, which are not counted.",
        DefaultValueFactory = static _ => 1,
    }.InRange(0, 3_600);

    private readonly PutOptionSet _options = new();

    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var bench = new BenchCommand();
        var put = new Command("put", "Puts single events in a closed loop, and tells how many a second and how long they took.")
        {
            bench._inFlight, bench._size, bench._seconds, bench._warmUp,
        };
        bench._inFlight.RequireRange(1, MaxInFlight);
        bench._options.AddTo(put);
        put.SetGuardedAction(services, global, (parsed, cancellation) => bench.RunAsync(services, global, parsed, cancellation));
        return new Command("bench", "Measures the store. The events that it puts stay there.") { put };
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var (options, size) = (_options.Get(parsed), parsed.GetValue(_size));
        var events = new SizedEvent(size);
        var runs = new List<BenchJson>();
        await using var cluster = await services.Connector.ConnectAsync(global.GetAddress(parsed, options.Deadline), cancellation);
        var inFlight = parsed.GetValue(_inFlight)!;
        await Loop().RunAsync(inFlight[0], TimeSpan.FromSeconds(parsed.GetValue(_warmUp)), cancellation);
        foreach (var callers in inFlight)
        {
            services.Terminal.Say($"{callers} in flight for {parsed.GetValue(_seconds)} s ...");
            runs.Add(BenchJson.Of(await Loop().RunAsync(callers, TimeSpan.FromSeconds(parsed.GetValue(_seconds)), cancellation), size));
        }

        BenchOutput.Write(services.Terminal, runs, global.IsJson(parsed));
        return runs.Exists(static run => run.Errors.Count > 0) ? ExitCodes.Failed : ExitCodes.Done;

        ClosedLoop Loop() => new(cluster.Grains, events, options, services.Time, services.Chance);
    }
}
