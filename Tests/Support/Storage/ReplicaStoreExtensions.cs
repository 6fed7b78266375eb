using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Tests.Support;

/// <summary>Reads a replica store in whole intervals.</summary>
internal static class ReplicaStoreExtensions
{
    private const int PageBytes = 1 << 20;

    /// <summary>The intact blocks of an interval by first key.</summary>
    public static async IAsyncEnumerable<Block> ReadBlocksAsync(this IReplicaStore store, Interval interval)
    {
        BlockPosition? position = null;
        do
        {
            var page = await store.ReadPageAsync(
                new BlockRange(
                    EventKey.FirstAt(interval.StartUnixMilliseconds), EventKey.FirstAt(interval.EndUnixMilliseconds), [], position, PageBytes),
                CancellationToken.None);
            for (var rest = page.Blocks.AsMemory(); rest.Length > 0;)
            {
                var length = BlockCodec.LengthOf(rest.Span);
                yield return BlockCodec.Decode(rest[..length].ToArray());
                rest = rest[length..];
            }

            position = page.Next;
        }
        while (position is not null);
    }
}
