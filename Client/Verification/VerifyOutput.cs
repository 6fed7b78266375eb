using System.Collections.Immutable;
using System.Globalization;
using AllData.Certificates;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Terminals;
using AllData.Events;

namespace AllData.Client.Verification;

/// <summary>All that was verified, for machines.</summary>
/// <param name="Certificates">Certificates of the log; left out where no log was read.</param>
/// <param name="LogFaults">What does not hold of the log.</param>
/// <param name="Intervals">The intervals.</param>
/// <param name="ReceiptsElsewhere">Events that receipts name and that lie in intervals without a certificate.</param>
internal sealed record VerifyJson(
    long? Certificates, IReadOnlyList<string> LogFaults, IReadOnlyList<VerifiedIntervalJson> Intervals, long? ReceiptsElsewhere);

/// <summary>An interval that was verified, for machines.</summary>
internal sealed record VerifiedIntervalJson(
    string Interval, int? Version, CertificateState? State, long? Events, TreeHash? Root, bool Holds, IReadOnlyList<string> Faults,
    IReadOnlyList<string> Doubts)
{
    public static VerifiedIntervalJson Of(VerifiedInterval one) => new(
        one.Interval.ToString(), one.Certificate?.Version, one.Certificate?.State, one.Content?.Events, one.Content?.Root, one.Faults.IsEmpty,
        one.Faults, one.Doubts);
}

/// <summary>Writes what was verified.</summary>
internal static class VerifyOutput
{
    /// <summary>Writes it, and says with which code the command ends.</summary>
    /// <param name="terminal">Where to.</param>
    /// <param name="log">The log; null where none was read.</param>
    /// <param name="intervals">The intervals.</param>
    /// <param name="elsewhere">Keys that receipts name and that lie in intervals without a certificate.</param>
    /// <param name="json">For machines.</param>
    public static int Write(
        Terminal terminal, CheckedLog? log, ImmutableArray<VerifiedInterval> intervals, IReadOnlyCollection<EventKey> elsewhere, bool json)
    {
        ImmutableArray<string> faults = [.. log?.Faults.Select(static f => f.Sentence) ?? []];
        if (json)
        {
            terminal.WriteJson(new VerifyJson(log?.Head.Size, faults, [.. intervals.Select(VerifiedIntervalJson.Of)],
                elsewhere.Count == 0 ? null : elsewhere.Count));
        }
        else
        {
            WriteLog(terminal, log, faults);
            foreach (var one in intervals)
            {
                WriteInterval(terminal, one);
            }

            if (elsewhere.Count > 0)
            {
                terminal.WriteLine(
                    $"{Amount.OfEvents(elsewhere.Count)} that receipts name lie in intervals without a certificate, the first under {elsewhere.Min()}.");
            }
        }

        return !faults.IsEmpty || intervals.Any(static i => !i.Faults.IsEmpty) ? ExitCodes.Failed
            : elsewhere.Count > 0 || intervals.Any(static i => !i.Doubts.IsEmpty) ? ExitCodes.InDoubt
            : ExitCodes.Done;
    }

    private static void WriteLog(Terminal terminal, CheckedLog? log, ImmutableArray<string> faults)
    {
        if (log is null)
        {
            return;
        }

        foreach (var fault in faults)
        {
            terminal.WriteLine($"The log does not hold: {fault}");
        }

        if (faults.IsEmpty && log.Head.Size == 0)
        {
            terminal.WriteLine("The log is empty: no interval has been sealed yet.");
        }
        else if (faults.IsEmpty)
        {
            var size = log.Head.Size == 1 ? "1 certificate" : $"{log.Head.Size} certificates";
            var signers = log.Signed?.Note.SignersAmong(log.Trust.Peers.Select(static p => p.Key)).Length ?? 0;
            terminal.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"The log holds: {size}, its head signed by {signers} of {log.Trust.Peers.Length} peers ({log.Trust.Needed} needed)."));
        }
    }

    private static void WriteInterval(Terminal terminal, VerifiedInterval one)
    {
        foreach (var fault in one.Faults)
        {
            terminal.WriteLine($"Interval {one.Interval} does not hold: {fault}");
        }

        if (one is { Faults.IsEmpty: true, Certificate: { } certificate })
        {
            terminal.WriteLine(
                $"Interval {one.Interval} holds: {CertificateLines.TextOf(certificate.State)}, version {certificate.Version}, "
                + $"{Amount.OfEvents(certificate.Content.Events)}, root {certificate.Content.Root}.");
        }

        foreach (var doubt in one.Doubts)
        {
            terminal.WriteLine($"Interval {one.Interval}: {doubt}");
        }
    }
}
