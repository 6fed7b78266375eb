using System.Text.Json.Serialization;
using AllData.Client.Measuring;
using Spectre.Console;

namespace AllData.Client.Output;

/// <summary>One run for machines; names and units as benchmark tools commonly have them.</summary>
internal sealed record BenchJson(
    [property: JsonPropertyName("in_flight")] int InFlight,
    [property: JsonPropertyName("size_bytes")] int SizeBytes,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("events")] long Events,
    [property: JsonPropertyName("events_per_second")] double EventsPerSecond,
    [property: JsonPropertyName("p50_ms")] double P50,
    [property: JsonPropertyName("p90_ms")] double P90,
    [property: JsonPropertyName("p99_ms")] double P99,
    [property: JsonPropertyName("max_ms")] double Max,
    [property: JsonPropertyName("errors")] IReadOnlyDictionary<string, long> Errors)
{
    /// <summary>Shapes a run.</summary>
    public static BenchJson Of(ClosedLoopResult run, int size) => new(
        run.InFlight, size, Math.Round(run.Elapsed.TotalSeconds, 3), run.Latencies.Count,
        Math.Round(run.Latencies.Count / Math.Max(run.Elapsed.TotalSeconds, 0.001), 1), Milliseconds(run.Latencies.P50),
        Milliseconds(run.Latencies.P90), Milliseconds(run.Latencies.P99), Milliseconds(run.Latencies.Longest), run.Errors);

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);
}

/// <summary>Writes what was measured.</summary>
internal static class BenchOutput
{
    /// <summary>Writes the runs for a machine, as one array, or for people.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<BenchJson> runs, bool json)
    {
        if (json)
        {
            terminal.WriteJson(runs);
            return;
        }

        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("in flight", "events", "events/s", "p50 ms", "p90 ms", "p99 ms", "max ms", "errors");
        foreach (var run in runs)
        {
            table.AddRow([.. Cells(run).Select(static cell => new Text(cell))]);
        }

        terminal.Results.Write(table);
    }

    private static IEnumerable<string> Cells(BenchJson run)
    {
        var errors = run.Errors.Count == 0 ? "0" : string.Join(", ", run.Errors.Select(static e => $"{e.Value} {e.Key}"));
        return
        [
            $"{run.InFlight}", $"{run.Events:N0}", $"{run.EventsPerSecond:N0}", $"{run.P50:N2}", $"{run.P90:N2}", $"{run.P99:N2}",
            $"{run.Max:N2}", errors,
        ];
    }
}
