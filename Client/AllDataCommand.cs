using System.CommandLine;
using AllData.Client.Archive;
using AllData.Client.Audit;
using AllData.Client.Bench;
using AllData.Client.Commands;
using AllData.Client.Consumers;
using AllData.Client.Context;
using AllData.Client.Copies;
using AllData.Client.Departure;
using AllData.Client.Export;
using AllData.Client.Federation;
using AllData.Client.Follow;
using AllData.Client.Help;
using AllData.Client.Intervals;
using AllData.Client.Peers;
using AllData.Client.Put;
using AllData.Client.Read;
using AllData.Client.Regions;
using AllData.Client.Scrub;
using AllData.Client.Security;
using AllData.Client.Status;
using AllData.Client.Top;
using AllData.Client.Verification;

namespace AllData.Client;

/// <summary>The <c>alldata</c> command: reads the command line, runs the subcommand, and answers with an exit code.</summary>
internal static class AllDataCommand
{
    /// <summary>How long a command may take to end after Ctrl+C; longer than a load drains.</summary>
    private static readonly TimeSpan TerminationBound = TimeSpan.FromSeconds(15);

    /// <summary>Runs.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="services">The command's surroundings.</param>
    /// <param name="cancellation">Ends it as Ctrl+C does.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, ClientServices services, CancellationToken cancellation = default)
    {
        var parsed = Create(services).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                services.Terminal.Say(error.Message);
            }

            services.Terminal.Say("--help after the command shows what it takes.");
            return ExitCodes.Usage;
        }

        await using var output = new StreamWriter(services.Terminal.Output, leaveOpen: true);
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TerminationBound,
            Output = output,
        };
        return await parsed.InvokeAsync(configuration, cancellation);
    }

    /// <summary>All commands.</summary>
    public static RootCommand Create(ClientServices services)
    {
        var options = new GlobalOptions(services.Surroundings);
        var root = new RootCommand("Puts events into an AllData store and reads them back.");
        options.AddTo(root);
        root.Add(PutCommand.Create(services, options));
        root.Add(GetCommand.Create(services, options));
        root.Add(ScanCommand.Create(services, options));
        root.Add(TailCommand.Create(services, options));
        root.Add(ConsumersCommand.Create(services, options));
        root.Add(ExportCommand.Create(services, options));
        root.Add(IntervalsCommand.Create(services, options));
        root.Add(SealCommand.Create(services, options));
        root.Add(VerifyCommand.Create(services, options));
        root.Add(ProveCommand.Create(services, options));
        root.Add(ArchiveCommand.Create(services, options));
        root.Add(RestoreCommand.Create(services, options));
        root.Add(ScrubCommand.Create(services, options));
        root.Add(PeersCommand.Create(services, options));
        root.Add(StatusCommand.Create(services, options));
        root.Add(TopCommand.Create(services, options));
        root.Add(AuditCommand.Create(services, options));
        root.Add(ExplainCommand.Create(services, options));
        root.Add(WhereCommand.Create(services, options));
        root.Add(DrainCommand.Create(services, options));
        root.Add(UndrainCommand.Create(services, options));
        root.Add(DropCommand.Create(services, options));
        root.Add(RegionCommand.Create(services, options));
        root.Add(BenchCommand.Create(services, options));
        root.Add(ContextCommand.Create(services, options));
        root.Add(FederationCommand.Create(services, options));
        root.Add(SecurityCommand.Create(services, options));
        root.Add(CompletionCommand.Create());
        root.Add(CompletionCommand.CreateAnswer(root));
        root.Add(CheatCommand.Create());
        ExampleHelp.AddTo(root);
        return root;
    }
}
