using AllData.Client.Terminals;

namespace AllData.Client.Put;

/// <summary>Says at the end of a load which files have what, and what to do with them.</summary>
internal static class LoadFilesOutput
{
    public static void Say(Terminal terminal, string? stopped, FilePutPaths paths, ReceiptsFile receipts, LineFile rejects, LineFile unknown)
    {
        if (stopped is not null)
        {
            terminal.Say(stopped);
        }

        if (rejects.Lines > 0)
        {
            terminal.Say($"{Lines(rejects.Lines)} of which nothing was written: {paths.Rejects}. Repair the cause and put that file.");
        }

        if (unknown.Lines > 0)
        {
            terminal.Say(
                $"{Lines(unknown.Lines)} of unknown outcome, each with its key: {paths.Unknown}. Put that file with --keyed: what is stored is found,"
                + " and the rest is stored under the same key.");
        }

        SayLost(terminal, rejects);
        SayLost(terminal, unknown);
        if (receipts.Failure is { } failure)
        {
            terminal.Say($"{paths.Receipts} does not have all receipts ({failure}). The counts above are right.");
        }
    }

    private static void SayLost(Terminal terminal, LineFile file)
    {
        if (file is { IsKept: true, Lost: > 0 })
        {
            terminal.Say(
                $"{Lines(file.Lost)} could not be written to {file.Path} ({file.Failure}). They are named above; the input still has them.");
        }
    }

    private static string Lines(long count) => count == 1 ? "1 line" : $"{count:N0} lines";
}
