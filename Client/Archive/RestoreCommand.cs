using System.CommandLine;
using AllData.Client.Certificates;
using AllData.Client.Commands;
using AllData.Client.Terminals;

namespace AllData.Client.Archive;

/// <summary><c>alldata restore</c>.</summary>
internal sealed class RestoreCommand
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "The directory of an archived interval, as alldata archive has made it.",
        HelpName = "DIRECTORY",
        Required = true,
    };

    private readonly Option<string?> _keys = TrustOptions.Keys(
        "Whose signatures under the archived certificate count: the peers of the cluster that it is of. Default: signatures are not looked at.");

    public static Command Create(ClientServices services, GlobalOptions global)
    {
        var restore = new RestoreCommand();
        var command = new Command("restore", "Checks an archived interval, and brings back the events of it that the cluster does not have.");
        command.Add(restore._from);
        command.Add(restore._keys);
        command.SetGuardedAction(services, global, (parsed, cancellation) => restore.RunAsync(services, global, parsed, cancellation));
        return command;
    }

    private async Task<int> RunAsync(ClientServices services, GlobalOptions global, ParseResult parsed, CancellationToken cancellation)
    {
        var trust = TrustFiles.ReadExistingKeys(parsed.GetValue(_keys));
        var directory = Path.GetFullPath(parsed.GetValue(_from)!);
        var archive = default(ArchivedInterval);
        var tally = new ReadTally(services.Time);
        await new WorkProgress(services.Terminal, () => $"The archive is checked: {tally.Describe()}", null, services.Time).ShowAsync(
            async () => archive = await ArchivedInterval.OpenAsync(directory, trust, tally, cancellation));
        if (trust is null)
        {
            services.Terminal.Say("The signatures under the archived certificate were not checked: name the keys of its peers with --keys.");
        }

        await using var cluster = await ClusterSession.OpenAsync(services, global, parsed, cancellation);
        var result = await new RestoreRun(services, cluster, archive!).RunAsync(cancellation);
        return RestoreOutput.Write(services.Terminal, archive!, result, global.IsJson(parsed));
    }
}
