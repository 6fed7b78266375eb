using System.Collections.Immutable;
using AllData.Client.Connection;
using AllData.Client.Peers;
using AllData.Copies;
using AllData.Events;
using AllData.Peers;
using AllData.Replication;

namespace AllData.Client.Copies;

/// <summary>
/// Asks every peer which blocks it holds, first how many in each minute, then, for as many minutes as are wanted, which. No block is read.
/// </summary>
internal sealed class BlockSurvey(IGrainFactory grains, RetryingCaller caller)
{
    private const int PageBuckets = 8_192;
    private const int PageBlocks = 8_192;

    private readonly PeerSurvey _survey = new(grains, caller);

    /// <summary>Asks.</summary>
    /// <param name="from">First minute.</param>
    /// <param name="to">First minute beyond.</param>
    /// <param name="limit">Blocks to look at: no further minute is begun when there are as many.</param>
    /// <param name="cancellation">Ends it.</param>
    public async Task<BlockMatrix> AskAsync(UnixMinute from, UnixMinute to, int limit, CancellationToken cancellation)
    {
        var topology = await new ClusterView(grains, caller).GetTopologyAsync(cancellation);
        PeerId[] peers = [.. topology.Peers.Where(static p => p.Stores).Select(static p => p.Id).Order()];
        var counts = await _survey.AskAsync(peers, (_, replica) => CountAsync(replica, from, to), cancellation);
        var (minutes, next) = Choose(counts.Answers.Select(static a => a.Answer), limit);
        PeerId[] answering = [.. counts.Answers.Select(static a => a.Peer)];
        var lists = await _survey.AskAsync(answering, (_, replica) => ListAsync(replica, minutes), cancellation);
        var map = new CopyMap(topology, lists.Answers.Select(static a => a.Peer).ToHashSet());
        return new BlockMatrix([.. Gather(lists.Answers, map)], [.. peers], [.. counts.Silent, .. lists.Silent], next);
    }

    private static async Task<Dictionary<UnixMinute, long>> CountAsync(IReplicaStorageGrain replica, UnixMinute from, UnixMinute to)
    {
        var counts = new Dictionary<UnixMinute, long>();
        while (from < to)
        {
            var page = await replica.ReadBuckets(new BucketRange(from, to, PageBuckets));
            foreach (var bucket in page.Buckets)
            {
                counts[bucket.UnixMinute] = counts.GetValueOrDefault(bucket.UnixMinute) + bucket.Blocks;
            }

            from = page.CoveredTo > from ? page.CoveredTo : to;
        }

        return counts;
    }

    // A minute has at least as many blocks as the peer that holds most of it.
    private static (ImmutableArray<UnixMinute> Minutes, UnixMinute? Next) Choose(IEnumerable<Dictionary<UnixMinute, long>> counts, int limit)
    {
        var chosen = ImmutableArray.CreateBuilder<UnixMinute>();
        long blocks = 0;
        foreach (var minute in counts.SelectMany(static c => c).GroupBy(static c => c.Key).OrderBy(static g => g.Key))
        {
            if (blocks >= limit)
            {
                return (chosen.ToImmutable(), minute.Key);
            }

            blocks += minute.Max(static c => c.Value);
            chosen.Add(minute.Key);
        }

        return (chosen.ToImmutable(), null);
    }

    private static async Task<PeerBlocks> ListAsync(IReplicaStorageGrain replica, ImmutableArray<UnixMinute> minutes)
    {
        var held = new PeerBlocks([], []);
        foreach (var minute in minutes)
        {
            held.Copysets.AddRange(await replica.ReadCopysets(minute, minute.Next()));
            BlockPosition? after = null;
            do
            {
                var list = await replica.ListBlocks(new BlockListRange(minute, [], after, PageBlocks));
                held.Blocks.AddRange(NamedBlock.ReadAll(list).Select(block => (minute, block)));
                after = list.Next;
            }
            while (after is not null);
        }

        return held;
    }

    private static IEnumerable<BlockCopies> Gather(ImmutableArray<(PeerId Peer, PeerBlocks Answer)> answers, CopyMap map)
    {
        var copysets = answers.SelectMany(static a => a.Answer.Copysets).GroupBy(static c => c.Id)
            .ToDictionary(static g => g.Key, static g => g.MaxBy(static c => c.ReplicationFactor)!);
        return answers.SelectMany(static a => a.Answer.Blocks.Select(held => (a.Peer, held.Minute, held.Block)))
            .GroupBy(static held => (held.Minute, held.Block))
            .OrderBy(static g => g.Key.Minute).ThenBy(static g => g.Key.Block.Id, StringComparer.Ordinal)
            .Select(held =>
            {
                var copyset = copysets.GetValueOrDefault(held.Key.Block.Copyset);
                var holders = held.Select(static h => h.Peer).ToHashSet();
                var states = map.StatesOf(copyset is null ? [] : [copyset], holders);
                return new BlockCopies(held.Key.Minute, held.Key.Block, states, copyset?.ReplicationFactor ?? 0);
            });
    }

    private sealed record PeerBlocks(List<(UnixMinute Minute, NamedBlock Block)> Blocks, List<CopysetDefinition> Copysets);
}
