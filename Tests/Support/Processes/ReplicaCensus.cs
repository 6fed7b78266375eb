using System.Collections.Immutable;
using AllData.Events;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Replication;
using AllData.Silo.LocalCluster;
using AllData.Storage;
using AllData.Storage.Directories;
using AllData.Storage.Opening;
using Microsoft.Extensions.Logging.Abstractions;

namespace AllData.Tests.Support;

/// <summary>A block and the peers that keep it.</summary>
internal sealed record KeptBlock(BlockHeader Header, ImmutableArray<PeerId> Holders);

/// <summary>What is kept under a key, over all peers.</summary>
/// <param name="Copies">One for each time that it lies on a peer: the peer and the digest of what lies there.</param>
internal sealed record KeptEvent(ImmutableArray<(PeerId Peer, EventDigest Digest)> Copies)
{
    /// <summary>The peers that keep exactly these bytes.</summary>
    public IEnumerable<PeerId> HoldersOf(EventDigest digest) => Copies.Where(copy => copy.Digest == digest).Select(copy => copy.Peer).Distinct();
}

/// <summary>Counts what lies in the data directories of all peers, with the real store, after the silos have ended.</summary>
internal sealed class ReplicaCensus
{
    private readonly Dictionary<BlockId, KeptBlock> _blocks = [];
    private readonly Dictionary<EventKey, KeptEvent> _events = [];
    private readonly List<string> _wrongBuckets = [];
    private readonly Dictionary<int, PeerDescriptor> _peers = [];

    private ReplicaCensus()
    {
    }

    /// <summary>The blocks.</summary>
    public IReadOnlyCollection<KeptBlock> Blocks => _blocks.Values;

    /// <summary>The events.</summary>
    public IReadOnlyDictionary<EventKey, KeptEvent> Events => _events;

    /// <summary>Buckets whose stored sums differ from a fresh count of the blocks.</summary>
    public IReadOnlyList<string> WrongBuckets => _wrongBuckets;

    /// <summary>Opens the data of all peers and counts.</summary>
    /// <exception cref="DataDirectoryException">A silo still has its directory open.</exception>
    public static async Task<ReplicaCensus> TakeAsync(LocalClusterLayout layout)
    {
        var census = new ReplicaCensus();
        foreach (var peer in layout.Peers)
        {
            await census.CountAsync(peer);
        }

        return census;
    }

    /// <summary>The peer that an ordinal was given to.</summary>
    public PeerDescriptor PeerOf(int ordinal) => _peers[ordinal];

    /// <summary>Whether exactly the copyset of a block keeps it.</summary>
    public bool IsAtHome(KeptBlock block) =>
        block.Header.Copyset.Ordinals.Select(ordinal => PeerOf(ordinal).Id).Order().SequenceEqual(block.Holders.Order());

    private async Task CountAsync(LocalClusterPeer peer)
    {
        // The lock proves that no process writes any more.
        using var exclusive = DirectoryLock.Take(peer.DataDirectory, $"peer '{peer.Id}'", TimeProvider.System);
        var identity = PeerIdentityFile.Read(Path.Combine(peer.DataDirectory, "peer.json"), peer.Id)!;
        foreach (var known in TopologyFile.Read(Path.Combine(peer.DataDirectory, "topology.json"))!.Peers)
        {
            _peers[known.Ordinal] = known;
        }

        var counted = new Dictionary<(CopysetId Copyset, UnixMinute Minute), BucketRow>();
        var stores = new ReplicaStoreFactory(new StorageOptions(), minFreeBytes: 0, StorageSeams.None, TimeProvider.System, NullLoggerFactory.Instance);
        await using (var store = stores.Open(peer.DataDirectory, new ReplicaStoreIdentity(peer.Id, identity.Cluster!.Value, TimeSpan.FromDays(1))))
        {
            foreach (var interval in store.Intervals)
            {
                await foreach (var block in store.ReadBlocksAsync(interval))
                {
                    Count(peer.Id, block, counted);
                }
            }

            Assert.True(store.Statistics.DamagedBlocks == 0, $"{peer.Id} has {store.Statistics.DamagedBlocks} damaged blocks.");
        }

        Compare(peer, counted);
    }

    private void Count(PeerId peer, Block block, Dictionary<(CopysetId, UnixMinute), BucketRow> counted)
    {
        var header = block.Header;
        var holders = _blocks.TryGetValue(header.Id, out var known) ? known.Holders : [];
        Assert.True(known is null || known.Header.BlockDigest == header.BlockDigest, $"Block {header.Id} has other bytes on {peer}.");
        _blocks[header.Id] = new KeptBlock(header, [.. holders, peer]);

        var (copyset, minute) = (header.BucketId, header.UnixMinute);
        var before = counted.GetValueOrDefault((copyset, minute)) ?? new BucketRow(copyset, minute, 0, 0, 0);
        for (var reader = block.GetReader(); reader.MoveNext();)
        {
            var (key, digest) = (reader.Current.Key, reader.Current.Digest);
            _events[key] = new KeptEvent([.. _events.GetValueOrDefault(key)?.Copies ?? [], (peer, digest)]);
        }

        var (events, sum) = FreshSum.Of(block);
        counted[(copyset, minute)] = before with
        {
            Blocks = before.Blocks + 1,
            Events = before.Events + events,
            DigestSum = before.DigestSum + sum,
        };
    }

    private void Compare(LocalClusterPeer peer, Dictionary<(CopysetId Copyset, UnixMinute Minute), BucketRow> counted)
    {
        foreach (var row in Directory.EnumerateFiles(Path.Combine(peer.DataDirectory, DataDirectory.IntervalsFolder), "*.db").SelectMany(BucketRows.Read))
        {
            if (!counted.Remove((row.Copyset, row.Minute), out var fresh) || fresh != row)
            {
                _wrongBuckets.Add($"{peer.Id}: stored {row}, counted {fresh}");
            }
        }

        _wrongBuckets.AddRange(counted.Values.Select(fresh => $"{peer.Id}: stored none, counted {fresh}"));
    }
}
