using System.Globalization;
using System.Text.Json.Serialization;
using AllData.Client.Terminals;

namespace AllData.Client.Bench;

/// <summary>The terms of a run.</summary>
/// <param name="Via">The way into the cluster: <c>grain</c>, <c>client</c>, <c>http single</c> or <c>http ndjson</c>.</param>
/// <param name="InFlight">Calls in flight at once, at most.</param>
/// <param name="Batch">Events of each call.</param>
/// <param name="Rate">Events per second of an open loop; null: a closed loop.</param>
internal sealed record BenchTerms(string Via, int InFlight, int Batch, double? Rate);

/// <summary>One run for machines; names and units as benchmark tools commonly have them.</summary>
internal sealed record BenchJson(
    [property: JsonPropertyName("via")] string Via,
    [property: JsonPropertyName("in_flight")] int InFlight,
    [property: JsonPropertyName("batch")] int Batch,
    [property: JsonPropertyName("rate")] double? Rate,
    [property: JsonPropertyName("size_bytes")] int SizeBytes,
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("events")] long Events,
    [property: JsonPropertyName("events_per_second")] double EventsPerSecond,
    [property: JsonPropertyName("p50_ms")] double P50,
    [property: JsonPropertyName("p90_ms")] double P90,
    [property: JsonPropertyName("p99_ms")] double P99,
    [property: JsonPropertyName("p999_ms")] double P999,
    [property: JsonPropertyName("max_ms")] double Max,
    [property: JsonPropertyName("client_cpu_us_per_event")] double ClientCpu,
    [property: JsonPropertyName("silos_cpu_us_per_event")] double? SilosCpu,
    [property: JsonPropertyName("silo_memory_mib")] double? SiloMemory,
    [property: JsonPropertyName("replacements")] long? Replacements,
    [property: JsonPropertyName("overloaded")] long Overloaded,
    [property: JsonPropertyName("not_sent")] long NotSent,
    [property: JsonPropertyName("verified")] bool? Verified,
    [property: JsonPropertyName("lost")] long? Lost,
    [property: JsonPropertyName("doubles")] long? Doubles,
    [property: JsonPropertyName("unacknowledged")] long? Unacknowledged,
    [property: JsonPropertyName("doubts")] long? Doubts,
    [property: JsonPropertyName("errors")] IReadOnlyDictionary<string, long> Errors)
{
    public static BenchJson Of(BenchTerms terms, LoadResult run)
    {
        var (record, latencies, check) = (run.Record, run.Record.Latencies.Summarize(), run.Verification);
        return new BenchJson(
            terms.Via, terms.InFlight, terms.Batch, terms.Rate, record.Events.Size, Math.Round(run.Elapsed.TotalSeconds, 3), latencies.Count,
            Math.Round(latencies.Count / Math.Max(run.Elapsed.TotalSeconds, 0.001), 1), Milliseconds(latencies.P50), Milliseconds(latencies.P90),
            Milliseconds(latencies.P99), Milliseconds(latencies.P999), Milliseconds(latencies.Longest),
            PerEvent(run.Usage.ClientCpu, latencies.Count), run.Usage.SilosCpu is { } cpu ? PerEvent(cpu, latencies.Count) : null,
            run.Usage.SiloMemoryBytes is { } memory ? Math.Round(memory / 1048576.0, 1) : null, run.Usage.Replacements, record.Overloaded, record.NotSent,
            IsVerified(record, check), check?.Lost, check?.Doubles, check?.Unacknowledged, check?.Doubts, record.Errors);
    }

    // If nothing was acknowledged, nothing was proved; and events of a peer that did not answer were not seen.
    private static bool? IsVerified(RunRecord record, VerificationResult? check) =>
        check is null || record.Acknowledged == 0 ? null : check is { Lost: 0, Doubts: 0 };

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static double PerEvent(TimeSpan cpu, long events) => Math.Round(cpu.TotalMicroseconds / Math.Max(events, 1), 2);
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

        var table = new ResultTable(
            new("via"), new("in flight", 9), new("batch", 8), new("events", 7), new("events/s"), new("p50 ms"), new("p90 ms", 5), new("p99 ms"),
            new("p99.9 ms", 4), new("max ms", 6), new("CPU µs: client", 1), new("silos", 2), new("silo MiB", 3), new("failed"), new("read back"));
        foreach (var run in runs)
        {
            table.AddRow([.. Cells(run)]);
        }

        table.Write(terminal);
    }

    /// <summary>Shows what limits the figures of a run.</summary>
    public static void SayFindings(Terminal terminal, LoadResult run)
    {
        if (run.Record.NotSent > 0)
        {
            terminal.Say($"{run.Record.NotSent:N0} events were not sent in time and have no latency: the percentiles are a lower bound.");
        }

        if (run.Verification is { } check)
        {
            SayFindings(terminal, check);
        }
    }

    private static void SayFindings(Terminal terminal, VerificationResult check)
    {
        if (check.Lost > 0)
        {
            terminal.Say($"LOST: {check.Lost:N0} acknowledged events were not found: numbers {string.Join(", ", check.FirstLost)}"
                + (check.Lost > check.FirstLost.Count ? " and more." : "."));
        }

        if (check.Doubles > 0)
        {
            terminal.Say($"{check.Doubles:N0} events are there more than once, under several keys.");
        }

        if (check.Doubts > 0)
        {
            terminal.Say($"Reading back left {check.Doubts} ranges in doubt: a peer did not answer. Events may be there that were not found.");
        }
    }

    private static IEnumerable<string> Cells(BenchJson run) =>
    [
        run.Via + (run.Rate is { } rate ? $", {rate:N0}/s" : ""), $"{run.InFlight}", $"{run.Batch}", $"{run.Events:N0}", $"{run.EventsPerSecond:N0}",
        $"{run.P50:N2}", $"{run.P90:N2}", $"{run.P99:N2}", $"{run.P999:N2}", $"{run.Max:N2}", $"{run.ClientCpu:N1}", $"{run.SilosCpu:N1}",
        $"{run.SiloMemory:N0}", Failures(run), Checked(run),
    ];

    private static string Failures(BenchJson run)
    {
        var failures = run.Errors.Select(static e => $"{e.Value.ToString("N0", CultureInfo.InvariantCulture)} {e.Key}").ToList();
        if (run.NotSent > 0)
        {
            failures.Add($"{run.NotSent:N0} not sent in time");
        }

        return failures.Count == 0 ? "0" : string.Join(", ", failures);
    }

    private static string Checked(BenchJson run)
    {
        if (run.Verified is not { } verified)
        {
            return run.Lost is null ? "no" : "nothing to find";
        }

        var beside = (run.Doubts > 0 ? $", {run.Doubts:N0} ranges in doubt" : "")
            + (run.Doubles > 0 ? $", {run.Doubles:N0} twice" : "")
            + (run.Unacknowledged > 0 ? $", {run.Unacknowledged:N0} not acknowledged" : "");
        return (run.Lost > 0 ? $"{run.Lost:N0} LOST" : verified ? "all" : "all found") + beside;
    }
}
