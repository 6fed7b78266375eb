using AllData.Certificates;
using AllData.Client.Commands;
using AllData.Client.Terminals;

namespace AllData.Client.Archive;

/// <summary>What was restored, for machines.</summary>
internal sealed record RestoreJson(
    string Interval, Guid Cluster, int Version, CertificateState State, long Events, TreeHash Root, long Sent, long Missing, long Others, bool HasRoot);

/// <summary>Writes what was restored.</summary>
internal static class RestoreOutput
{
    /// <summary>Writes it, and says with which code the command ends.</summary>
    public static int Write(Terminal terminal, ArchivedInterval archive, RestoreResult result, bool json)
    {
        var (certificate, after) = (archive.Certificate, result.After);
        var hasRoot = after.Content == certificate.Content;
        if (json)
        {
            terminal.WriteJson(new RestoreJson(
                certificate.Interval.ToString(), certificate.Cluster, certificate.Version, certificate.State, certificate.Content.Events,
                certificate.Content.Root, result.Sent, after.Missing, after.Others, hasRoot));
        }
        else
        {
            terminal.WriteLine(
                $"Interval {certificate.Interval}: {Amount.OfEvents(certificate.Content.Events)} archived, {result.Sent:N0} sent, "
                    + $"{after.Missing:N0} missing now.");
        }

        terminal.Say(
            after.Missing > 0 ? "Not all of the archive is there. Run the same command again: what is there is not sent again."
            : hasRoot ? $"The cluster has the archived interval with root {certificate.Content.Root}. Repair makes the other copies: alldata audit counts them."
                + $" alldata seal --interval {certificate.Interval} certifies it here."
            : $"All of the archive is there, and {Amount.OfEvents(after.Others)} besides: the root is another one.");
        return after.Missing == 0 ? ExitCodes.Done : after.Outcome.IsComplete ? ExitCodes.Failed : ExitCodes.InDoubt;
    }
}
