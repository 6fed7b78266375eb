using System.CommandLine;
using AllData.Batching;
using AllData.Client.Bench;
using AllData.Client.Connection;
using AllData.Client.Terminals;

namespace AllData.Client.Commands;

/// <summary>Turns any exception that ends a command into a sentence and an exit code.</summary>
internal static class CommandGuard
{
    /// <summary>Makes a command's action out of its work.</summary>
    public static void SetGuardedAction(
        this Command command, ClientServices services, GlobalOptions options, Func<ParseResult, CancellationToken, Task<int>> work) =>
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                return await work(parsed, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                services.Terminal.Say("Interrupted.");
                return ExitCodes.Interrupted;
            }
            catch (Exception e) when (ClosedOutput.IsBehind(e))
            {
                return ExitCodes.OutputClosed;
            }
            catch (Exception e)
            {
                ErrorOutput.Write(services.Terminal, e, options.IsJson(parsed));
                return ExitCodeOf(e);
            }
        });

    private static int ExitCodeOf(Exception failure) => failure switch
    {
        UsageException => ExitCodes.Usage,
        NoClusterException => ExitCodes.NoCluster,
        NotCertifiedException => ExitCodes.NotCertified,
        _ => RetryRule.IsLostGateway(failure) ? ExitCodes.NoCluster : ExitCodes.Failed,
    };
}
