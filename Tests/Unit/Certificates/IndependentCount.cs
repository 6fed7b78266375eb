using System.Security.Cryptography;
using AllData.Events;
using AllData.Intervals;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Tests.Unit.Certificates;

/// <summary>The distinct events of an interval in some stores and their root: without the product's scan, and with a tree written from the RFC.</summary>
internal static class IndependentCount
{
    /// <summary>Counts.</summary>
    public static async Task<(long Events, string Root)> OfAsync(IEnumerable<IReplicaStore> stores, Interval interval)
    {
        var entries = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var store in stores)
        {
            var page = await store.ReadPageAsync(
                new BlockRange(interval.FirstKey, interval.EndKey, [], After: null, MaxBytes: 1 << 24), CancellationToken.None);
            Assert.Null(page.Next);
            for (var rest = page.Blocks.AsMemory(); !rest.IsEmpty; rest = rest[BlockCodec.LengthOf(rest.Span)..])
            {
                entries.UnionWith(EntriesOf(BlockCodec.Decode(rest[..BlockCodec.LengthOf(rest.Span)].ToArray())));
            }
        }

        return (entries.Count, Convert.ToHexStringLower(IndependentTree.Hash([.. entries.Select(Convert.FromHexString)])));
    }

    private static List<string> EntriesOf(Block block)
    {
        var entries = new List<string>();
        var reader = block.GetReader();
        while (reader.MoveNext())
        {
            var key = new byte[EventKey.BinaryLength];
            reader.Current.Key.WriteTo(key);
            entries.Add(Convert.ToHexString([.. key, .. SHA256.HashData(reader.Current.Payload)]));
        }

        return entries;
    }
}
