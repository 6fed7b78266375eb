using System.Diagnostics;
using AllData.Events;
using AllData.Silo.Telemetry;
using AllData.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Orleans.Hosting;

namespace AllData.Benchmarks;

/// <summary>
/// What telemetry costs puts: bytes allocated for an event, and events a second, with it off, with metrics, and with traces of a hundredth of the calls
/// besides. One silo in this process, one replica; each round measures each of them once, so that what else the machine does falls on all.
/// </summary>
internal static class TelemetryBenchmark
{
    private const int InFlight = 64;
    private const int BatchSize = 64;
    private const int EventBytes = 200;
    private const double TraceRatio = 0.01;
    private const string GrainCalls = "Microsoft.Orleans.Application";

    // Stands for the request or the application that puts: there the trace begins.
    private static readonly ActivitySource Callers = new("AllData.Benchmarks");

    /// <summary>Runs it and prints the medians.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        var (events, rounds) = (LoadedCluster.Number(args, "--events", 100_000), LoadedCluster.Number(args, "--rounds", 5));
        var peer = AllDataCluster.Six[0].Id;
        await using var plain = await AllDataCluster.StartAsync(AllDataCluster.Six[..1]);
        await using var propagating = await AllDataCluster.StartAsync(AllDataCluster.Six[..1], silos: static silo => silo.AddActivityPropagation());
        Case[] cases =
        [
            new("off", plain.CoordinatorOn(peer), Metrics: false, Traces: false), new("metrics", plain.CoordinatorOn(peer), Metrics: true, Traces: false),
            new("metrics, traces of 1 %", propagating.CoordinatorOn(peer), Metrics: true, Traces: true),
        ];
        Console.WriteLine($"{events:N0} events of {EventBytes} bytes, {InFlight} calls in flight; medians of {rounds} rounds");
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var one in cases)
            {
                // The first round compiles code and fills caches.
                await MeasureAsync(one, events, isKept: round > 0);
            }
        }

        foreach (var one in cases)
        {
            Console.WriteLine($"{one.Name,-24} single puts {one.Singles}, batches of {BatchSize} {one.Batches}");
        }

        return 0;
    }

    private static async Task MeasureAsync(Case one, int events, bool isKept)
    {
        using var metrics = one.Metrics
            ? Sdk.CreateMeterProviderBuilder().AddMeter(AllDataTelemetry.Meter)
                .AddReader(new PeriodicExportingMetricReader(new Discarding<Metric>(), exportIntervalMilliseconds: 1_000)).Build()
            : null;
        using var traces = one.Traces
            ? Sdk.CreateTracerProviderBuilder().AddSource(AllDataTelemetry.ServerSource, GrainCalls, Callers.Name)
                .SetSampler(new ParentBasedSampler(new RootSampler(TraceRatio)))
                .AddProcessor(new BatchActivityExportProcessor(new Discarding<Activity>())).Build()
            : null;
        var payload = EventPayload.FromText($$"""{"text":"{{new string('x', EventBytes - 11)}}"}""");
        var payloads = Enumerable.Repeat(payload, BatchSize).ToArray();
        await LoopAsync(events, 1, () => one.Coordinator.Put(payload), isKept ? one.Singles : new Figures());
        await LoopAsync(events, BatchSize, () => one.Coordinator.PutMany(EventBatch.Of(payloads)), isKept ? one.Batches : new Figures());
    }

    private static async Task LoopAsync(int events, int batch, Func<Task> put, Figures figures)
    {
        var calls = events / batch;
        var (before, started) = (GC.GetTotalAllocatedBytes(precise: true), Stopwatch.GetTimestamp());
        await Task.WhenAll(Enumerable.Range(0, InFlight).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Decrement(ref calls) >= 0)
            {
                using var span = Callers.StartActivity("call", ActivityKind.Server);
                await put();
            }
        })));
        figures.Rates.Add(events / Stopwatch.GetElapsedTime(started).TotalSeconds);
        figures.Bytes.Add((double)(GC.GetTotalAllocatedBytes(precise: true) - before) / events);
    }

    private sealed record Case(string Name, IPutCoordinatorGrain Coordinator, bool Metrics, bool Traces)
    {
        public Figures Singles { get; } = new();

        public Figures Batches { get; } = new();
    }

    private sealed class Figures
    {
        public List<double> Bytes { get; } = [];

        public List<double> Rates { get; } = [];

        public override string ToString() => $"{Median(Bytes),7:N0} bytes an event, {Median(Rates),8:N0} events/s";

        private static double Median(List<double> all) => all.Order().ElementAt(all.Count / 2);
    }

    private sealed class Discarding<T> : BaseExporter<T> where T : class
    {
        public override ExportResult Export(in Batch<T> batch) => ExportResult.Success;
    }
}
