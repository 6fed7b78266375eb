using System.Numerics;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Links;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Replication;
using AllData.Silo.LocalCluster;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Storage.Opening;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Support;

/// <summary>
/// Counts the intact copies of acknowledged events in the stores of all peers, after the silos have ended: each block is read, decoded and checked.
/// The responsible peers are worked out from the newest topology.
/// </summary>
internal sealed class StoredCopies
{
    private readonly IReadOnlyDictionary<EventKey, EventDigest> _acknowledged;
    private readonly Dictionary<EventKey, uint> _holders = [];
    private readonly Dictionary<BlockId, (uint Owing, uint Holding, long From, int Bytes)> _blocks = [];
    private readonly CopysetResolver _resolver;
    private readonly Dictionary<int, PeerId> _coordinators;

    private StoredCopies(IReadOnlyDictionary<EventKey, EventDigest> acknowledged, CopysetResolver resolver)
    {
        _acknowledged = acknowledged;
        _resolver = resolver;
        _coordinators = resolver.Topology.Snapshot.Ordinals.ToDictionary(static given => given.Ordinal, static given => given.Peer);
    }

    /// <summary>Blocks that lie anywhere.</summary>
    public int Blocks => _blocks.Count;

    /// <summary>Blocks that some peer owes a copy of and does not hold.</summary>
    public int BlocksAway => _blocks.Values.Count(static block => (block.Owing & ~block.Holding) != 0);

    /// <summary>Blocks found damaged.</summary>
    public long Damaged { get; private set; }

    /// <summary>Acknowledged events without an intact copy.</summary>
    public int Lost => _acknowledged.Count - _holders.Count;

    /// <summary>Acknowledged events with fewer intact copies.</summary>
    public int Below(int copies) => _acknowledged.Count - _holders.Values.Count(holders => BitOperations.PopCount(holders) >= copies);

    /// <summary>Bytes of the copies that a peer owes of blocks from a stretch of key time.</summary>
    /// <param name="peer">The peer.</param>
    /// <param name="from">Its beginning.</param>
    /// <param name="to">Its end.</param>
    public long BytesOwedBy(PeerId peer, DateTimeOffset from, DateTimeOffset to)
    {
        var bit = 1u << _resolver.Topology.IndexOf(peer);
        var (first, last) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        return _blocks.Values.Where(block => (block.Owing & bit) != 0 && block.From >= first && block.From < last).Sum(static block => (long)block.Bytes);
    }

    /// <summary>
    /// Bytes of the copies that could not cross while a region was cut off: of each block from that stretch of key time one for each region beyond that owes
    /// a copy, because the others in that region can fetch it there.
    /// </summary>
    /// <param name="region">The region.</param>
    /// <param name="from">The beginning.</param>
    /// <param name="to">The end.</param>
    public long BytesCutOff(string region, DateTimeOffset from, DateTimeOffset to)
    {
        var (first, last) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        return _blocks.Where(block => block.Value.From >= first && block.Value.From < last)
            .Sum(block => (long)block.Value.Bytes * RegionsBeyond(region, block.Key.Ordinal, block.Value.Owing));
    }

    private int RegionsBeyond(string region, int coordinator, uint owing)
    {
        var topology = _resolver.Topology;
        var isInside = topology[topology.IndexOf(_coordinators[coordinator])].Location.Region == region;
        return Enumerable.Range(0, topology.Count).Where(i => (owing & (1u << i)) != 0).Select(i => topology[i].Location.Region).Distinct()
            .Count(other => (other == region) != isInside);
    }

    /// <summary>Opens the stores of all registered peers and counts.</summary>
    /// <param name="layout">The cluster, or all clusters of a store.</param>
    /// <param name="acknowledged">What clients were told.</param>
    public static async Task<StoredCopies> CountAsync(LocalClusterLayout layout, IReadOnlyDictionary<EventKey, EventDigest> acknowledged)
    {
        var clusters = layout.Peers.GroupBy(static peer => peer.Cluster)
            .Select(static (peers, number) => new ClusterSnapshot(number, NewestOf(peers), [])).ToList();
        var topology = clusters is [var only] ? only.Topology : StoreTopology.Combine(clusters[0].Topology, clusters).Snapshot;
        var copies = new StoredCopies(acknowledged, new CopysetResolver(Topology.Prepare(topology)));
        foreach (var peer in layout.Peers.Where(peer => copies._resolver.Topology.IndexOf(peer.Id) >= 0))
        {
            await copies.CountAsync(peer);
        }

        return copies;
    }

    private static TopologySnapshot NewestOf(IEnumerable<LocalClusterPeer> peers) =>
        peers.Select(static peer => TopologyFile.Read(Path.Combine(peer.DataDirectory, "topology.json"))).MaxBy(static known => known?.Version ?? 0)!;

    private async Task CountAsync(LocalClusterPeer peer)
    {
        // The lock proves that no process writes any more.
        using var exclusive = DirectoryLock.Take(peer.DataDirectory, $"peer '{peer.Id}'", TimeProvider.System);
        var topology = _resolver.Topology;
        var identity = new ReplicaStoreIdentity(peer.Id, topology.Snapshot.ClusterId, topology.Snapshot.IntervalLength);
        var stores = new ReplicaStoreFactory(new StorageOptions(), minFreeBytes: 0, StorageSeams.None, TimeProvider.System, NullLoggerFactory.Instance);
        await using var store = stores.Open(peer.DataDirectory, identity);
        foreach (var interval in store.Intervals)
        {
            await foreach (var block in store.ReadBlocksAsync(interval))
            {
                Count(1u << topology.IndexOf(peer.Id), block);
            }
        }

        Damaged += store.Statistics.DamagedBlocks;
    }

    private void Count(uint peer, Block block)
    {
        var header = block.Header;
        if (!_blocks.TryGetValue(header.Id, out var known))
        {
            var copyset = new CopysetDefinition(header.Copyset.Id, [.. header.Copyset.Ordinals], header.ReplicationFactor);
            known = (_resolver.MembersOf(copyset).Aggregate(0u, static (bits, member) => bits | (1u << member)), 0,
                header.FirstKey.UnixMilliseconds, block.Bytes.Bytes.Length);
        }

        _blocks[header.Id] = known with { Holding = known.Holding | peer };
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            var (key, digest) = (reader.Current.Key, reader.Current.Digest);
            if (_acknowledged.TryGetValue(key, out var told) && told == digest)
            {
                _holders[key] = _holders.GetValueOrDefault(key) | peer;
            }
        }
    }
}
