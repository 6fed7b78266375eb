using System.Text.Json.Serialization;

namespace AllData.Silo.Http.Console;

/// <summary>The copies that peers owe.</summary>
/// <param name="Blocks">Blocks of which a copy is known to be missing; one that two peers owe counts twice.</param>
/// <param name="Events">Events in them.</param>
/// <param name="PerSecond">Blocks that all of them fetch in a second.</param>
/// <param name="History">Blocks owed in the last rounds, the latest last; empty where nothing was owed.</param>
/// <param name="Rows">The peers that owe most; and those of which it is not known.</param>
/// <param name="More">How many further peers owe something.</param>
internal sealed record OwedDocument(long Blocks, long Events, double PerSecond, long[] History, OwedRow[] Rows, int More);

/// <summary>What one peer owes.</summary>
/// <param name="Peer">The peer.</param>
/// <param name="Blocks">Blocks; null where it is not known.</param>
/// <param name="Events">Events in them.</param>
/// <param name="Damaged">Blocks that it holds damaged.</param>
/// <param name="PerSecond">Blocks that it fetches in a second.</param>
/// <param name="Text">The same in sentences.</param>
internal sealed record OwedRow(
    string Peer, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Blocks, long Events, long Damaged, double PerSecond,
    string Text);
