using System.CommandLine;
using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Terminals;

namespace AllData.Client.Verification;

/// <summary><c>alldata seal</c>.</summary>
internal sealed class SealCommand
{
    private readonly IntervalOption _interval = new();

    private readonly Option<string?> _acceptMissing = new("--accept-missing")
    {
        Description = "Why what is lost is accepted, in at most 200 characters. The certificate says so forever.",
        HelpName = "REASON",
    };

    private readonly Option<bool> _evenUnknown = new("--even-unknown")
    {
        Description = "Make a certificate also where something may be missing: it fixes the events that are there, and names what is not known.",
    };

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var seal = new SealCommand();
        var command = new Command("seal", "Tries to certify an interval now: asks all peers, reads it whole, and has the certificate signed.");
        seal._interval.Option.Required = true;
        seal._acceptMissing.Validators.Add(static result =>
        {
            if (result.Tokens is [var reason] && CertificateRules.FaultOfWords("--accept-missing", reason.Value) is { } fault)
            {
                result.AddError(fault);
            }
        });
        command.Add(seal._interval.Option);
        command.Add(seal._acceptMissing);
        command.Add(seal._evenUnknown);
        command.SetGuardedAction(services, global, (parsed, cancellation) => seal.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var view = new ClusterView(cluster.Grains, cluster.Caller);
        var interval = await _interval.GetAsync(parsed, () => view.GetIntervalLengthAsync(cancellation))
            ?? throw new UsageException("Say which interval: --interval START.");
        var order = new SealOrder(interval, parsed.GetValue(_acceptMissing), parsed.GetValue(_evenUnknown));
        SealOutcome? outcome = null;
        await new WorkProgress(services.Terminal, () => $"Reading interval {interval}, and having it signed", null, services.Time).ShowAsync(
            async () => outcome = await cluster.CallAsync(g => g.GetCertificates().Seal(order), cancellation));
        Write(services.Terminal, outcome!, global.IsJson(parsed));
        return outcome!.Status == SealStatus.NotSealed ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static void Write(Terminal terminal, SealOutcome outcome, bool json)
    {
        if (json)
        {
            terminal.WriteJson(outcome);
            return;
        }

        if (outcome.Status != SealStatus.Sealed && outcome.Reason.Length > 0)
        {
            terminal.Say(outcome.Reason);
        }

        foreach (var line in outcome.Certificate?.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? [])
        {
            terminal.WriteLine(line);
        }
    }
}
