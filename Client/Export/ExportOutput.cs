using System.Text.Json.Serialization;
using AllData.Client.Read;
using AllData.Client.Terminals;

namespace AllData.Client.Export;

/// <summary>An exported interval for machines.</summary>
internal sealed record ExportJson(
    string Interval, string Path, ExportOutcome Outcome, string State, bool Complete, long Events, long Conflicts, int Files, long Bytes,
    long NotJson, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Unreadable)
{
    public static ExportJson Of(ExportResult result) => new(
        result.Manifest.Interval, result.Path, result.Outcome, result.Manifest.State, result.Manifest.Complete, result.Manifest.Events,
        result.Manifest.Conflicts, result.Manifest.Files.Count, result.Manifest.Files.Sum(static f => f.Bytes), result.Manifest.NotJson,
        result.Manifest.Unreadable);
}

/// <summary>Writes what was exported.</summary>
internal static class ExportOutput
{
    /// <summary>Writes the result for a machine or for people.</summary>
    public static void Write(Terminal terminal, IReadOnlyList<ExportResult> results, ReadTally tally, bool json)
    {
        if (json)
        {
            terminal.WriteJson(results.Select(ExportJson.Of));
        }

        foreach (var result in results)
        {
            if (!json)
            {
                terminal.WriteLine(Describe(ExportJson.Of(result)));
            }

            ScanOutput.SayDoubts(terminal, result.Manifest.Doubts);
        }

        terminal.Say(results.Count == 0 ? "There is nothing to export in this range." : $"Read {tally.Describe()}.");
    }

    private static string Describe(ExportJson shape)
    {
        var files = shape.Files == 1 ? "1 file" : $"{shape.Files:N0} files";
        var what = $"{Amount.OfEvents(shape.Events)}, {files}, {Amount.Of(shape.Bytes)}, {(shape.Complete ? "complete" : "not complete")}"
            + (shape.Conflicts == 0 ? "" : $", {shape.Conflicts:N0} keys in conflict")
            + (shape.State != ExportUnit.Closed ? $", provisional ({shape.State})" : shape.Events == 0 ? ", empty and closed" : "")
            + (shape.NotJson > 0 ? $", {shape.NotJson:N0} payloads as bytes: not JSON that every reader accepts" : "")
            + (shape.Unreadable > 0 ? $", {ScanOutput.Unreadable(shape.Unreadable)}" : "");
        return shape.Outcome switch
        {
            ExportOutcome.AlreadyThere => $"{shape.Path}: {what}; exported before, not read again",
            ExportOutcome.Withheld => $"{shape.Path}: {what}; not made visible (--require-complete)",
            _ => $"{shape.Path}: {what}",
        };
    }
}
