using System.CommandLine;
using System.Globalization;
using AllData.Encryption;
using AllData.Storage.Engine;
using AllData.Storage.Opening;

namespace AllData.Silo.Commands;

/// <summary><c>inspect FILE</c>: shows the content of an interval file, without a cluster.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "A closed interval's file, a segment of an open one, or a copy of an open SQLite file, with or without its -wal.",
        };
        var events = new Option<bool>("--events") { Description = "Print the events, one JSON document per line, instead of a line for each block." };
        var block = new Option<string?>("--block") { Description = "Only this block.", HelpName = "ID" };
        var keys = new Option<string[]>("--key-file")
        {
            Description = "File of a key that payloads were encrypted with; may be given several times. Without it they are shown as unreadable.",
            HelpName = "FILE",
        };
        var command = new Command("inspect", "Lists the blocks of an interval file, or prints its events. Changes nothing, needs no cluster.")
        {
            file, events, block, keys,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            result, result.GetRequiredValue(file), result.GetValue(events), result.GetValue(block), result.GetValue(keys) ?? [], cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        ParseResult result, string file, bool events, string? id, string[] keys, CancellationToken cancellationToken)
    {
        var (output, error) = (result.InvocationConfiguration.Output, result.InvocationConfiguration.Error);
        try
        {
            using var inspection = IntervalInspections.Open(file);
            using var printer = new EventPrinter(
                output, error, PayloadKeyFiles.ReadOthers("--key-file", keys), isWatched: !Console.IsOutputRedirected);
            var print = events ? printer.PrintAsync
                : (Func<InspectedBlock, Task>)(block => PrintBlockAsync(output, block));
            if (!events)
            {
                await PrintMetaAsync(output, inspection);
            }

            var found = 0;
            foreach (var block in inspection.Blocks().Where(block => id is null || block.Id == id))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await print(block);
                found++;
            }

            return id is null || found > 0 ? 0 : await ComplainAsync(error, $"{file} has no block {id}; without --block all are listed.");
        }
        catch (Exception e) when (e is ReplicaStoreException or FormatException)
        {
            return await ComplainAsync(error, e.Message);
        }
    }

    private static async Task PrintMetaAsync(TextWriter output, IIntervalInspection inspection)
    {
        foreach (var (name, value) in inspection.Meta)
        {
            await output.WriteLineAsync($"{name,-18} {value}");
        }

        await output.WriteLineAsync();
    }

    private static Task PrintBlockAsync(TextWriter output, InspectedBlock block) => output.WriteLineAsync(string.Create(
        CultureInfo.InvariantCulture,
        $"{block.Id,-14} copyset {block.Copyset.Value:x16} {{{string.Join(',', block.Members)}}}  {block.FirstKey} {block.LastKey}  "
        + $"{block.Events} events  {block.Bytes} bytes  {block.Fault ?? "intact"}{(block.Topic is { } topic ? $"  topic {topic}" : "")}"));

    private static async Task<int> ComplainAsync(TextWriter error, string sentence)
    {
        await error.WriteLineAsync(sentence);
        return 1;
    }
}
