using System.CommandLine;
using AllData.Client.Commands;
using AllData.Client.Connection;
using AllData.Federation;

namespace AllData.Client.Federation;

/// <summary><c>alldata federation</c>: looks at the document that names the clusters of a store. It connects to none.</summary>
internal static class FederationCommand
{
    /// <summary>Builds the command.</summary>
    public static Command Create(ClientServices services, GlobalOptions global) =>
        new("federation", "Looks at the document that names the clusters of a store.") { CreateCheck(services, global) };

    private static Command CreateCheck(ClientServices services, GlobalOptions global)
    {
        var file = new Argument<string>("FILE") { Description = "The document, JSON." };
        var against = new Option<string>("--against") { Description = "A file with the document that is in use: whether FILE may take its place." };
        var check = new Command("check", "Checks a document without a cluster, and says all that is wrong with it.") { file, against };
        check.SetGuardedAction(services, global, (parsed, _) =>
        {
            var result = Check(parsed.GetValue(file)!, parsed.GetValue(against));
            FederationOutput.Write(services.Terminal, result, global.IsJson(parsed));
            return Task.FromResult(result.IsUsable ? ExitCodes.Done : ExitCodes.Failed);
        });
        return check;
    }

    private static FederationCheck Check(string file, string? against)
    {
        var faults = new List<FederationFault>();
        var document = Read(file, faults);
        if (against is not null && Read(against, faults) is { } inUse && document is not null)
        {
            faults.AddRange(FederationSuccession.FaultsOf(inUse, document).Select(sentence => new FederationFault(file, sentence)));
        }

        return new FederationCheck(document, faults);
    }

    private static FederationDocument? Read(string file, List<FederationFault> faults)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"There is no file {file}.");
        }

        try
        {
            return FederationFile.Read(file);
        }
        catch (FederationException e)
        {
            faults.AddRange(e.Faults.Select(sentence => new FederationFault(file, sentence)));
            return null;
        }
    }
}
