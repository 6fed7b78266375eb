using System.Text.Json.Serialization;
using AllData.Certificates;
using AllData.Client.Read;
using AllData.Client.Terminals;

namespace AllData.Client.Export;

/// <summary>An exported interval for machines.</summary>
internal sealed record ExportJson(
    string Interval, string Path, ExportOutcome Outcome, string State, bool Complete, long Events, long Conflicts, int Files, long Bytes,
    long NotJson, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Unreadable, ExportedCertificate? Certificate,
    CertificateRefusal? Refusal)
{
    public static ExportJson Of(ExportResult result) => result.Manifest is not { } manifest
        ? new ExportJson(
            result.Unit.Interval.ToString(), result.Path, result.Outcome, result.Unit.State, false, 0, 0, 0, 0, 0, 0, null, result.Refusal)
        : new ExportJson(
            manifest.Interval, result.Path, result.Outcome, manifest.State, manifest.Complete, manifest.Events, manifest.Conflicts,
            manifest.Files.Count, manifest.Files.Sum(static f => f.Bytes), manifest.NotJson, manifest.Unreadable, manifest.Certificate, result.Refusal);
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

            SayWhy(terminal, result, json);
        }

        terminal.Say(results.Count == 0 ? "There is nothing to export in this range." : $"Read {tally.Describe()}.");
    }

    /// <summary>Writes the result for one interval, where others may follow.</summary>
    public static void WriteOne(Terminal terminal, ExportResult result, bool json)
    {
        if (json)
        {
            terminal.WriteJson(ExportJson.Of(result));
        }
        else
        {
            terminal.WriteLine(Describe(ExportJson.Of(result)));
        }

        SayWhy(terminal, result, json);
    }

    private static void SayWhy(Terminal terminal, ExportResult result, bool json)
    {
        foreach (var reason in json ? [] : result.Refusal?.Reasons ?? [])
        {
            terminal.Say($"Interval {result.Unit.Interval}: {reason}");
        }

        if (result is { Refusal: null, Manifest: { } manifest })
        {
            ScanOutput.SayDoubts(terminal, manifest.Doubts);
        }
    }

    private static string Describe(ExportJson shape)
    {
        if (shape.Outcome == ExportOutcome.Refused)
        {
            return $"{shape.Path}: refused, and not made visible (--require)";
        }

        var files = shape.Files == 1 ? "1 file" : $"{shape.Files:N0} files";
        var what = $"{Amount.OfEvents(shape.Events)}, {files}, {Amount.Of(shape.Bytes)}, {(shape.Complete ? "complete" : "not complete")}"
            + (shape.Certificate is { } one ? $", as version {one.Version} of its certificate ({CertificateLines.TextOf(one.State)})" : "")
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
