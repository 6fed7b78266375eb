using System.CommandLine;
using AllData.Silo.Hosting;
using AllData.Silo.LocalCluster;

namespace AllData.Silo.Commands;

/// <summary>The program's commands: run one silo, a local cluster or one peer of it; inspect a file; restore what was lost.</summary>
internal static class SiloCommands
{
    public static RootCommand Create()
    {
        var root = new RootCommand(
            "AllData: a replicated, append-only event store. Without a command: one peer with embedded storage under ./data, "
            + "HTTP on 127.0.0.1:8081. Every setting can be given as --Section:Name=value or in the environment as Section__Name.")
        {
            LocalClusterCommand(),
            LocalPeerCommand(),
            ConfigCommand.Create(),
            InspectCommand.Create(),
            RebuildRegistryCommand.Create(),
            RenewDirectoryCommand.Create(),
        };
        root.TreatUnmatchedTokensAsErrors = false;
        root.SetAction((result, _) => WithSettingsAsync(
            result, settings => SiloRun.RunAsync(SiloSettings.Of(settings), parent: null, Console.Error)));
        SiloHelp.AddTo(root);
        return root;
    }

    private static Command LocalClusterCommand()
    {
        var options = new LayoutOptions();
        var command = new Command("local-cluster", "Starts a cluster on this machine, each peer a process of its own. Ctrl+C stops it.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        options.AddTo(command);
        command.SetAction((result, _) => WithLayoutAsync(result, options, async settings =>
        {
            var layout = LocalFederation.LeaveOutDropped(options.LayoutOf(result));
            if (LocalClusterCheck.Complaints(layout, settings) is { Count: > 0 } complaints)
            {
                return await ComplainAsync(result, string.Join(Environment.NewLine, complaints));
            }

            using var stop = new StopSignals();
            using var probe = HttpReadinessProbe.Of(layout);
            return await new LocalClusterRunner(
                layout, new PeerCommandLine(layout, settings), ChildProgram.OfThisProcess(), probe,
                LocalClusterOutput.OfThisProcess(), TimeProvider.System).RunAsync(stop.Token);
        }));
        return command;
    }

    private static Command LocalPeerCommand()
    {
        var name = new Argument<string>("NAME") { Description = "The peer." };
        name.AcceptOnlyFromAmong([.. LocalClusterLayout.Names]);
        var options = new LayoutOptions();
        var stopWithParent = new Option<bool>(PeerCommandLine.StopWithParentOption)
        {
            Description = "Stop when standard input ends: the process that started this one is gone.",
        };
        var command = new Command(PeerCommandLine.Command, "Starts one peer of a local cluster, for example again after it was ended.")
        {
            name, stopWithParent,
        };
        command.TreatUnmatchedTokensAsErrors = false;
        options.AddTo(command);
        command.SetAction((result, _) => WithLayoutAsync(result, options, settings =>
        {
            var layout = options.LayoutOf(result);
            if (layout.Find(result.GetRequiredValue(name)) is not { } peer)
            {
                return ComplainAsync(result, $"{result.GetValue(name)} is not among the first {layout.Peers.Length} peers. Raise --peers.");
            }

            var parent = result.GetValue(stopWithParent) ? Console.OpenStandardInput() : null;
            return SiloRun.RunAsync(new SiloSettings(layout.Defaults, layout.IdentityOf(peer), settings), parent, Console.Error);
        }));
        return command;
    }

    private static Task<int> WithLayoutAsync(
        ParseResult result, LayoutOptions options, Func<System.Collections.Immutable.ImmutableArray<string>, Task<int>> run) =>
        options.ComplaintOf(result) is { } complaint ? ComplainAsync(result, complaint) : WithSettingsAsync(result, run);

    private static Task<int> WithSettingsAsync(ParseResult result, Func<System.Collections.Immutable.ImmutableArray<string>, Task<int>> run)
    {
        var (settings, complaint) = SettingArguments.From(result);
        return complaint is null ? run(settings) : ComplainAsync(result, complaint);
    }

    private static async Task<int> ComplainAsync(ParseResult result, string complaint)
    {
        await result.InvocationConfiguration.Error.WriteLineAsync(complaint);
        return 1;
    }
}
