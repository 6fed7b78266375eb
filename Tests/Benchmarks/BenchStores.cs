using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Storage;
using AllData.Storage.Opening;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Benchmarks;

/// <summary>Stores to be measured, and blocks as a busy coordinator forms them.</summary>
internal static class BenchStores
{
    private const int PayloadBytes = 200;
    private const long Noon = 1_767_614_400_000;

    private static readonly ReplicaStoreIdentity Identity = new(PeerId.Parse("bench"), new Guid(1, 2, 3, [4, 5, 6, 7, 8, 9, 10, 11]), TimeSpan.FromDays(1));

    /// <summary>Opens a store in files.</summary>
    public static IReplicaStore OpenSqlite(string directory) => Open(new StorageOptions(), directory, Identity);

    /// <summary>Opens a store in logs.</summary>
    public static IReplicaStore OpenLogs(string directory) => Open(new StorageOptions { Provider = StorageProvider.Log }, directory, Identity);

    /// <summary>Opens a store in a database.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="peer">Names the schema: several may share a database.</param>
    public static IReplicaStore OpenPostgreSql(string connectionString, string peer = "bench") => Open(
        new StorageOptions { Provider = StorageProvider.PostgreSql, ConnectionString = connectionString },
        directory: "",
        Identity with { Peer = PeerId.Parse(peer) });

    /// <summary>Appends a block, which must be new.</summary>
    public static async Task AppendAsync(IReplicaStore store, Block block)
    {
        var reply = await store.AppendAsync(block);
        if (reply.Status != AppendStatus.Stored)
        {
            throw new InvalidOperationException($"{reply.Status}: {reply.Reason}");
        }
    }

    /// <summary>Forms blocks: keys in order, a few copysets.</summary>
    /// <param name="events">Events of each.</param>
    /// <param name="count">How many; at least 20.</param>
    /// <param name="topicOf">The topic of a block, by its place; null: none has one.</param>
    public static List<Block> FormBlocks(int events, int count, Func<int, Topic?>? topicOf = null)
    {
        var payload = EventPayload.FromText($$"""{"text":"{{new string('x', PayloadBytes - 11)}}"}""").Bytes;
        var copysets = Enumerable.Range(0, 16).Select(i => new Copyset([1, 2 + i, 20 + i])).ToImmutableArray();
        var blocks = new List<Block>(count);
        for (var i = 0; i < count; i++)
        {
            var first = i * UnixMinute.Milliseconds / count;
            var minute = UnixMinute.OfUnixMilliseconds(Noon) + (i / (count / 20));
            var keyed = Enumerable.Range(0, events).Select(e => new KeyedEvent(
                EventKey.Create(minute.StartUnixMilliseconds + (first % 50_000), ordinal: 1, sequence: ((i * events) + e) % 50_000), payload));
            var header = new BlockHeader
            {
                ClusterId = Identity.ClusterId,
                Id = new BlockId(1, 1, i),
                UnixMinute = minute,
                HasSuppliedKeys = false,
                ReplicationFactor = 3,
                TopologyVersion = 1,
                Copyset = copysets[i % copysets.Length],
                Topic = topicOf?.Invoke(i),
            };
            blocks.Add(BlockCodec.Encode(header, [.. keyed.OrderBy(e => e.Key)]));
        }

        return blocks;
    }

    private static IReplicaStore Open(StorageOptions options, string directory, ReplicaStoreIdentity identity) =>
        new ReplicaStoreFactory(options, minFreeBytes: 0, StorageSeams.None, TimeProvider.System, NullLoggerFactory.Instance).Open(directory, identity);
}
