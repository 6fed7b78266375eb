using AllData.Client.Intervals;
using AllData.Client.Terminals;
using AllData.Copies;

namespace AllData.Client.Copies;

/// <summary>Which peers hold which blocks, for machines.</summary>
/// <param name="Blocks">The blocks.</param>
/// <param name="Silent">Peers that did not answer.</param>
/// <param name="Next">Where to go on with <c>--from</c>; null when all was looked at.</param>
internal sealed record WhereJson(IReadOnlyList<BlockCopiesJson> Blocks, IReadOnlyList<SilentJson> Silent, DateTimeOffset? Next);

/// <summary>A block, for machines.</summary>
internal sealed record BlockCopiesJson(
    DateTimeOffset Minute, string Block, int Events, int Copies, int CopiesAsked, IReadOnlyDictionary<string, CopyState> Peers)
{
    public static BlockCopiesJson Of(BlockCopies copies) => new(
        copies.Minute.Timestamp, copies.Block.Id, copies.Block.Events, copies.Copies, copies.CopiesAsked,
        copies.States.ToDictionary(static s => s.Key.Value, static s => s.Value));
}

/// <summary>Writes which peers hold which blocks.</summary>
internal static class WhereOutput
{
    /// <summary>Writes it for a machine or for people.</summary>
    public static void Write(Terminal terminal, BlockMatrix matrix, bool isOnlyMissing, bool json)
    {
        BlockCopies[] shown = [.. matrix.Blocks.Where(block => !isOnlyMissing || block.IsIncomplete)];
        if (json)
        {
            terminal.WriteJson(new WhereJson([.. shown.Select(BlockCopiesJson.Of)], [.. matrix.Silent.Select(SilentJson.Of)], matrix.Next?.Timestamp));
        }
        else
        {
            if (shown.Length > 0)
            {
                ToTable(matrix, shown).Write(terminal);
            }

            terminal.WriteLine(Sum(matrix));
        }

        IntervalsOutput.SaySilent(terminal, matrix.Silent);
        if (matrix.Next is { } next)
        {
            terminal.Say($"There is more: go on with --from {next.Timestamp:yyyyMMdd'T'HHmm}, or raise --limit.");
        }
    }

    private static ResultTable ToTable(BlockMatrix matrix, BlockCopies[] shown)
    {
        var table = new ResultTable(
            [new("minute"), new("block", 1), new("events", 2), new("copies"), .. matrix.Peers.Select(static peer => new ResultColumn(peer.Value))]);
        foreach (var block in shown)
        {
            table.AddRow(
            [
                $"{block.Minute.Timestamp:yyyy-MM-dd HH:mm}", block.Block.Id, $"{block.Block.Events:N0}", $"{block.Copies} of {block.CopiesAsked}",
                .. matrix.Peers.Select(peer => ExplainOutput.CellOf(block.States.GetValueOrDefault(peer))),
            ]);
        }

        return table;
    }

    private static string Sum(BlockMatrix matrix)
    {
        var (blocks, incomplete) = (matrix.Blocks.Length, matrix.Blocks.Count(static b => b.IsIncomplete));
        return blocks == 0 ? "No peer that answered holds a block of this range."
            : incomplete == 0 ? $"{Amount.OfBlocks(blocks)}: every peer that is meant to hold one does."
            : $"{Amount.OfBlocks(blocks)}; a copy of {incomplete:N0} is missing, or may be. Copies of the last minute's may still be in flight.";
    }
}
