using System.Collections.Immutable;
using AllData.Events;
using AllData.Membership;
using AllData.Peers;
using AllData.Protocol.Blocks;
using AllData.Protocol.Repair;
using AllData.Protocol.Topologies;
using AllData.Reading;
using AllData.Replication;
using AllData.Storage;

namespace AllData.Repair;

/// <summary>The copies of a window of minutes.</summary>
/// <param name="Live">The topology that the peers' indexes belong to.</param>
/// <param name="ToMinute">First minute that is not covered.</param>
/// <param name="Groups">Which peers hold what.</param>
/// <param name="NotAnswering">Peers that could not be asked about the whole window.</param>
internal sealed record CensusWindow(
    LiveTopology Live, UnixMinute ToMinute, ImmutableArray<CopyGroup> Groups, ImmutableArray<PeerId> NotAnswering);

/// <summary>
/// Counts the copies of blocks from the peers' answers. A minute in which all responsible peers hold a bucket alike costs one row each; for all
/// others the block ids are compared. It does not look for damage: that is the scrubber's work.
/// </summary>
/// <param name="services">What reading uses.</param>
/// <param name="scope">Whose peers are asked. A copy of a peer beyond it is neither seen nor missing.</param>
internal sealed class CopyCensus(ScanServices services, ScanScope scope = ScanScope.Store)
{
    // Minutes whose blocks are listed at once: a peer far away answers for all of them in the time of one. Their lists are in memory.
    private const int MinutesAtOnce = 8;

    private readonly AwayPeers _away = new(services.Replicas, services.Time);
    private readonly KnownCopysets _copysets = new();
    private CopysetResolver? _resolver;

    /// <summary>Counts the first minutes of a range: as many as every peer's first answer covers.</summary>
    public async Task<CensusWindow> TakeAsync(UnixMinute fromMinute, UnixMinute toMinute, CancellationToken stop)
    {
        var live = services.Topologies.KnownPeers;
        _resolver = ReferenceEquals(_resolver?.Topology, live.Topology) ? _resolver : new CopysetResolver(live.Topology);
        var window = await new BucketSurvey(services, _away, scope).TakeAsync(live, fromMinute, toMinute);

        // A peer that answers and doubts some of its data has still answered.
        var answering = window.Peers.Select(p => live.Topology[p.Peer].Id);
        var silent = live.Topology.Snapshot.Peers.Where(p => p.Stores && services.IsWithin(scope, p.Id)).Select(static p => p.Id).Except(answering)
            .ToHashSet();
        await LearnCopysetsAsync(window, silent, stop);
        var groups = ImmutableArray.CreateBuilder<CopyGroup>();
        foreach (var minutes in MinutesOf(window).Chunk(MinutesAtOnce))
        {
            stop.ThrowIfCancellationRequested();
            foreach (var counted in await Task.WhenAll(minutes.Select(minute => CountAsync(live, minute.Key, minute, silent, stop))))
            {
                groups.AddRange(counted);
            }
        }

        return new CensusWindow(live, window.ToMinute, groups.ToImmutable(), [.. silent.Order()]);
    }

    private static IEnumerable<IGrouping<UnixMinute, HeldCopies>> MinutesOf(ScanWindow window) => window.Peers
        .SelectMany(static p => p.Buckets.Select(b => new HeldCopies(p.Peer, b)))
        .GroupBy(static h => h.Bucket.UnixMinute)
        .OrderBy(static g => g.Key);

    // The coordinator has given a block's copyset to every peer that holds it, so any holder knows it.
    private async Task LearnCopysetsAsync(ScanWindow window, HashSet<PeerId> silent, CancellationToken stop)
    {
        foreach (var peer in window.Peers.Where(p => !_copysets.AreAllKnown(p.Buckets.Select(static b => b.Copyset))))
        {
            var known = await AskAsync(
                window.Live.Topology[peer.Peer].Id, silent, source => source.ReadCopysetsAsync(window.FromMinute, window.ToMinute, stop));
            _copysets.Add((known.IsDefault ? [] : known)
                .Where(copyset => !(_copysets.TryGet(copyset.Id, out var before) && before.ReplicationFactor > copyset.ReplicationFactor)));
        }
    }

    private async Task<List<CopyGroup>> CountAsync(
        LiveTopology live, UnixMinute minute, IEnumerable<HeldCopies> held, HashSet<PeerId> silent, CancellationToken stop)
    {
        var groups = new List<CopyGroup>();
        var open = new List<IGrouping<CopysetId, HeldCopies>>();
        foreach (var bucket in held.GroupBy(static h => h.Bucket.Copyset).Where(g => _copysets.TryGet(g.Key, out _)))
        {
            var copyset = _copysets[bucket.Key];
            var (owing, copies) = OwedIn(live, copyset);
            if (CopyGrouping.OfAgreed(owing, copies, [.. bucket], PutOnlyOf(live, owing)) is { } agreed)
            {
                groups.Add(agreed);
            }
            else
            {
                open.Add(bucket);
            }
        }

        var lists = await Task.WhenAll(open.SelectMany(static b => b).GroupBy(static h => h.Peer).Select(async peer =>
            (Peer: peer.Key, Blocks: await ListAsync(live.Topology[peer.Key].Id, minute, [.. peer.Select(static h => h.Bucket.Copyset)], silent, stop))));
        foreach (var listed in lists.SelectMany(static l => l.Blocks.Select(b => (l.Peer, Block: b))).GroupBy(static l => l.Block.Copyset))
        {
            var copyset = _copysets[listed.Key];
            var (owing, copies) = OwedIn(live, copyset);
            groups.AddRange(CopyGrouping.OfListed(minute, owing, copies, listed, PutOnlyOf(live, owing)));
        }

        return groups;
    }

    private (ImmutableArray<int> Owing, int Copies) OwedIn(LiveTopology live, CopysetDefinition copyset)
    {
        var members = _resolver!.MembersOf(copyset);
        if (scope == ScanScope.Store)
        {
            return (members, copyset.ReplicationFactor);
        }

        ImmutableArray<int> within = [.. members.Where(i => services.IsWithin(scope, live.Topology[i].Id))];
        return (within, Math.Min(within.Length, copyset.ReplicationFactor));
    }

    private static ImmutableArray<int> PutOnlyOf(LiveTopology live, ImmutableArray<int> owing) =>
        live.Topology.HasPutOnlyPeers ? [.. owing.Where(i => live.Topology[i].IsPutOnly)] : [];

    private async Task<IReadOnlyList<ListedBlock>> ListAsync(
        PeerId peer, UnixMinute minute, ImmutableArray<CopysetId> copysets, HashSet<PeerId> silent, CancellationToken stop)
    {
        var listed = await AskAsync(
            peer, silent, source => source.ListAllBlocksAsync(new MinuteRange(minute, minute.Next()), copysets, stop));
        return listed is null ? [] : [.. listed.SelectMany(static part => part.Blocks)];
    }

    private async Task<T?> AskAsync<T>(PeerId peer, HashSet<PeerId> silent, Func<IRepairSource, Task<T>> ask)
    {
        try
        {
            return await ask(services.Replicas.Of(peer));
        }
        catch (Exception e)
        {
            services.ThrowIfStopping();

            // Its copies are not counted, and the window names it.
            _away.Add(peer, e);
            lock (silent)
            {
                silent.Add(peer);
            }

            return default;
        }
    }
}
