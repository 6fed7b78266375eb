using System.Collections.Immutable;
using AllData.Events;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>Lists of blocks, put together from their pages.</summary>
internal static class BlockLists
{
    /// <summary>All blocks that a replica names of some copysets in a minute.</summary>
    public static async Task<IReadOnlyList<ListedBlock>> ListAllBlocksAsync(
        this IRepairSource source, UnixMinute minute, ImmutableArray<CopysetId> copysets, int maxBlocksPerPage, CancellationToken stop)
    {
        var listed = new List<ListedBlock>();
        BlockPosition? after = null;
        do
        {
            var page = await source.ListBlocksAsync(new BlockListRange(minute, copysets, after, maxBlocksPerPage), stop);
            listed.AddRange(ListedBlock.ReadAll(page.Entries));
            after = page.Next;
        }
        while (after is not null);

        return listed;
    }
}
