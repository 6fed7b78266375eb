using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>The names of blocks of one interval.</summary>
/// <param name="Minutes">The minutes that they lie in.</param>
/// <param name="Blocks">The blocks.</param>
internal sealed record NamedBlocks(MinuteRange Minutes, IReadOnlyList<ListedBlock> Blocks);

/// <summary>Lists of blocks, put together from their pages.</summary>
internal static class BlockLists
{
    private const int MaxBlocksPerPage = 8_192;

    /// <summary>All blocks that a replica names of some copysets in a run of minutes, interval by interval.</summary>
    public static async Task<IReadOnlyList<NamedBlocks>> ListAllBlocksAsync(
        this IRepairSource source, MinuteRange minutes, ImmutableArray<CopysetId> copysets, CancellationToken stop)
    {
        var named = new List<NamedBlocks>();
        for (var rest = minutes; rest.FromMinute < rest.ToMinute;)
        {
            var part = await source.ListIntervalAsync(rest, copysets, stop);
            named.Add(part);
            rest = rest with { FromMinute = part.Minutes.ToMinute };
        }

        return named;
    }

    // The first minutes, as many as the source takes together.
    private static async Task<NamedBlocks> ListIntervalAsync(
        this IRepairSource source, MinuteRange minutes, ImmutableArray<CopysetId> copysets, CancellationToken stop)
    {
        var (listed, covered) = (new List<ListedBlock>(), minutes.ToMinute - minutes.FromMinute);
        var named = new NamedCopysets(copysets);
        BlockPosition? after = null;
        do
        {
            var page = await source.ListBlocksAsync(
                new BlockListRange(minutes.FromMinute, named.Ids, after, MaxBlocksPerPage, (int)Math.Min(covered, int.MaxValue)), stop);
            listed.AddRange(ListedBlock.ReadAll(page.Entries).Where(block => named.Includes(block.Copyset)));
            covered = Math.Min(covered, Math.Max(1, page.Minutes));
            after = page.Next;
        }
        while (after is not null);

        return new NamedBlocks(minutes with { ToMinute = minutes.FromMinute + covered }, listed);
    }
}
