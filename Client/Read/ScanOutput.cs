using System.Text.Json;
using System.Text.Json.Serialization;
using AllData.Certificates;
using AllData.Client.Terminals;
using AllData.Reading;

namespace AllData.Client.Read;

/// <summary>The end of a scan for machines.</summary>
/// <param name="Events">Events given.</param>
/// <param name="Conflicts">Keys with several payloads.</param>
/// <param name="Complete">Whether nothing is in doubt.</param>
/// <param name="LastKey">The last key given.</param>
/// <param name="SafeUpTo">Where a reader that follows new events continues.</param>
/// <param name="Doubts">What is in doubt.</param>
/// <param name="Scope"><c>cluster</c> where only the peers of the connected cluster were asked; otherwise left out.</param>
/// <param name="Unreadable">Events given without their payload, because it cannot be read; left out when there are none.</param>
/// <param name="Certificate">Of a whole interval that is sealed; otherwise left out.</param>
internal sealed record ScanJson(
    long Events, long Conflicts, bool Complete, string? LastKey, string? SafeUpTo, IReadOnlyList<DoubtJson> Doubts, string? Scope,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] long Unreadable,
    ScannedCertificateJson? Certificate)
{
    public static ScanJson Of(EventScan scan, ScannedCertificateJson? certificate) => new(
        scan.Outcome.Events, scan.Outcome.Conflicts, scan.Outcome.IsComplete, scan.LastKey?.ToString(), scan.Outcome.SafeUpTo?.ToString(),
        [.. scan.Outcome.Doubts.Select(DoubtJson.Of)], ScanOutput.NameOf(scan.Outcome.Scope), scan.Outcome.Unreadable,
        certificate);
}

/// <summary>
/// A doubt for machines: from the first key, before the second one, events may be missing until the peer answers, or the cluster where no peer is named.
/// </summary>
internal sealed record DoubtJson(string From, string To, string? Peer, string Reason, string? Cluster = null)
{
    public static DoubtJson Of(ScanDoubt doubt) =>
        new(doubt.From.ToString(), doubt.To.ToString(), doubt.Peer == default ? null : doubt.Peer.Value, doubt.Reason, doubt.Cluster);
}

/// <summary>Says how a scan ended; the events themselves take the standard output.</summary>
internal static class ScanOutput
{
    /// <summary>Doubts that are shown to people, at most; the others are counted.</summary>
    public const int MaxShownDoubts = 20;

    /// <summary>A scope as it is shown; null for the store's.</summary>
    public static string? NameOf(ScanScope scope) => scope == ScanScope.Cluster ? "cluster" : null;

    /// <summary>How many payloads cannot be read, and why.</summary>
    public static string Unreadable(long count) =>
        $"{count:N0} payloads cannot be read: the silo does not have the key that encrypted them, or they were changed";

    /// <summary>Says it.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="scan">The scan, which has ended.</param>
    /// <param name="certificate">Of a whole interval that is sealed; otherwise null.</param>
    /// <param name="json">For machines.</param>
    public static void Write(Terminal terminal, EventScan scan, ScannedCertificateJson? certificate, bool json)
    {
        if (json)
        {
            terminal.Say(JsonSerializer.Serialize(ScanJson.Of(scan, certificate), JsonOutput.Options));
            return;
        }

        var outcome = scan.Outcome;
        var conflicts = outcome.Conflicts == 0 ? ""
            : $" {OfKeys(outcome.Conflicts)} in conflict: different events were put under one key, and each has a line, marked.";
        var safe = outcome.SafeUpTo is { } key ? $" Safe up to {key}: to follow new events, continue with --after {key}." : "";
        var unreadable = outcome.Unreadable == 0 ? "" : $" {Unreadable(outcome.Unreadable)}.";
        var scope = outcome.Scope == ScanScope.Cluster ? " Only what the peers of this cluster hold." : "";
        terminal.Say($"{Amount.OfEvents(outcome.Events)}. {(outcome.IsComplete ? "Complete." : "Not complete.")}{scope}{conflicts}{unreadable}{safe}");
        if (certificate is not null)
        {
            terminal.Say(
                $"Sealed: version {certificate.Version}, {CertificateLines.TextOf(certificate.State)}, root {certificate.Root}. "
                    + (certificate.HasRoot ? "These are its events." : "What was given has another root: alldata verify --interval says why."));
        }

        SayDoubts(terminal, [.. outcome.Doubts.Select(DoubtJson.Of)]);
    }

    private static string OfKeys(long count) => count == 1 ? "1 key is" : $"{count:N0} keys are";

    /// <summary>Shows what is in doubt, and which peers or clusters must answer.</summary>
    public static void SayDoubts(Terminal terminal, IReadOnlyList<DoubtJson> doubts)
    {
        foreach (var doubt in doubts.Take(MaxShownDoubts))
        {
            terminal.Say(DoubtText.Line(doubt));
        }

        if (doubts.Count > MaxShownDoubts)
        {
            terminal.Say($"And {doubts.Count - MaxShownDoubts:N0} more doubts.");
        }

        if (doubts.Count > 0)
        {
            terminal.Say(DoubtText.WayOut(doubts));
        }
    }
}
