using System.CommandLine;
using AllData.Storage.Directories;
using AllData.Storage.Restoration;

namespace AllData.Silo.Commands;

/// <summary><c>renew-directory --data DIR</c>: gives a data directory a new identity and keeps its events.</summary>
internal static class RenewDirectoryCommand
{
    public static Command Create()
    {
        var data = new Option<string>("--data") { Description = "The peer's data directory.", HelpName = "DIR", Required = true };
        var peer = new Option<string?>("--peer") { Description = "The peer's name, where nothing in the directory says it.", HelpName = "NAME" };
        var command = new Command(
            "renew-directory",
            "Gives a data directory a new identity and keeps its events, after its keys.lease or peer.json was lost, or where another directory has its "
            + "ordinal. Stop the silo first. The registry gives the directory a new ordinal when the silo starts.")
        {
            data, peer,
        };
        command.SetAction((result, _) => RunAsync(result.InvocationConfiguration, result.GetRequiredValue(data), result.GetValue(peer)));
        return command;
    }

    private static async Task<int> RunAsync(InvocationConfiguration console, string directory, string? peer)
    {
        try
        {
            var renewed = DirectoryRenewal.Run(directory, peer, TimeProvider.System);
            await console.Output.WriteLineAsync(
                $"{renewed.Path} of peer '{renewed.Peer}' has the new identity {renewed.Directory} and all of its events. The former files end in .former-n. "
                + "Start the silo.");
            return 0;
        }
        catch (Exception e) when (e is DataDirectoryException or IOException or UnauthorizedAccessException)
        {
            await console.Error.WriteLineAsync(e.Message);
            return 1;
        }
    }
}
