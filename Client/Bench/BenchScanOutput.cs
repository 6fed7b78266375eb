using System.Text.Json.Serialization;
using AllData.Client.Terminals;

namespace AllData.Client.Bench;

/// <summary>One scan for machines.</summary>
internal sealed record BenchScanJson(
    [property: JsonPropertyName("seconds")] double Seconds,
    [property: JsonPropertyName("events")] long Events,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("events_per_second")] double EventsPerSecond,
    [property: JsonPropertyName("complete")] bool Complete)
{
    /// <summary>Shapes a scan that has just ended.</summary>
    public static BenchScanJson Of(ReadTally tally, bool isComplete)
    {
        var seconds = Math.Max(tally.Elapsed.TotalSeconds, 0.001);
        return new BenchScanJson(Math.Round(seconds, 3), tally.Events, tally.Bytes, Math.Round(tally.Events / seconds, 1), isComplete);
    }
}

/// <summary>Writes what scans have shown.</summary>
internal static class BenchScanOutput
{
    /// <summary>Writes the scans for a machine, as one array, or for people.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<BenchScanJson> scans, bool json)
    {
        if (json)
        {
            terminal.WriteJson(scans);
            return;
        }

        var table = new ResultTable(new("seconds"), new("events"), new("read"), new("events/s"), new("complete"));
        foreach (var scan in scans)
        {
            table.AddRow(
                $"{scan.Seconds:N2}", $"{scan.Events:N0}", Amount.Of(scan.Bytes), $"{scan.EventsPerSecond:N0}", scan.Complete ? "yes" : "no");
        }

        table.Write(terminal);
    }
}
