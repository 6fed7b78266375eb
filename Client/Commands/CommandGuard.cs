using System.CommandLine;
using AllData.Client.Connection;
using AllData.Client.Output;
using AllData.Errors;

namespace AllData.Client.Commands;

/// <summary>Turns whatever ends a command into a sentence and an exit code.</summary>
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
            catch (Exception e) when (ExitCodeOf(e) is not null)
            {
                ErrorOutput.Write(services.Terminal, e, options.IsJson(parsed));
                return ExitCodeOf(e)!.Value;
            }
        });

    /// <summary>Null for what nobody foresaw: that is a defect, and shows itself as one.</summary>
    private static int? ExitCodeOf(Exception failure) => failure switch
    {
        UsageException => ExitCodes.Usage,
        NoClusterException => ExitCodes.NoCluster,
        PutException or IOException or UnauthorizedAccessException => ExitCodes.Failed,
        _ => RetryRule.IsLostGateway(failure) ? ExitCodes.NoCluster : null,
    };
}
